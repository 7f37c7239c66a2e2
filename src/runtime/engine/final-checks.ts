// Verifies the final tables of a run, which the user is about to read, as long as that takes no noticeable time. All
// other blobs are verified when a step reads them.
import { readFileSync, statSync } from 'node:fs';
import type { Digest } from '../contracts/artifact.ts';
import { digestBytes } from '../contracts/keys.ts';
import type { Store } from '../store/store.ts';

const MOST_FILES = 32;
const MOST_BYTES = 128 * 2 ** 20;

export class FinalChecks {
  /** Tables found to be damaged. */
  readonly damaged = new Set<Digest>();
  private readonly store: Store;
  private readonly intact = new Set<Digest>();
  private bytes = 0;

  constructor(store: Store) {
    this.store = store;
  }

  /** False if the file does not match its digest. Also true if checking would take too long. */
  isIntact(table: Digest): boolean {
    if (this.intact.has(table)) return true;
    const path = this.store.path(table);
    const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
    if (path === undefined || !stat) return false;
    if (this.intact.size >= MOST_FILES || this.bytes + stat.size > MOST_BYTES) return true;
    this.bytes += stat.size;
    if (digestBytes(readFileSync(path)) === table) this.intact.add(table);
    else this.damaged.add(table);
    return this.intact.has(table);
  }
}
