// Verifies the cached tables of final steps, because the user reads these files directly. Limits on files and bytes
// bound the time that this takes. All other blobs are verified when a step reads them.
import { readFileSync, statSync } from 'node:fs';
import type { Digest } from '../contracts/artifact.ts';
import { digestBytes } from '../contracts/keys.ts';
import type { Store } from '../store/store.ts';

const MOST_FILES = 32;
const MOST_BYTES = 128 * 2 ** 20;

export class FinalChecks {
  /** Digests of the tables that are damaged. */
  readonly damaged = new Set<Digest>();
  private readonly store: Store;
  private readonly intact = new Set<Digest>();
  private bytes = 0;

  constructor(store: Store) {
    this.store = store;
  }

  /**
   * Compares the file of a table with its digest. Returns false if the file is missing or differs. Once the limits are
   * reached, files are no longer read, and every file that exists counts as intact.
   */
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
