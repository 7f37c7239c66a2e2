// The gate of an index: one process at a time passes, to open the index or to commit to it. LMDB lets only one process commit, but not
// wait for one that opens: the LMDB in lmdb-js 3.5 may then take the state from before a commit for the latest, and the next
// transaction overwrites that commit (OpenLDAP ITS#9496). The gate is the write lock of a second, empty index: the kernel gives it
// back when its owner dies.
import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { INDEX, openDatabase } from './database.ts';

export class Gate {
  private readonly db: Database;

  private constructor(folder: string) {
    this.db = openDatabase(folder, false);
  }

  /** The gate of the cache in `cache`; makes it if there is none. */
  static open(cache: string): Gate {
    const folder = folderOf(cache);
    if (!existsSync(join(folder, INDEX))) createGate(cache, folder);
    return new Gate(folder);
  }

  /** The file that whoever passes must be able to write to. */
  static lockFile(cache: string): string {
    return join(folderOf(cache), 'lock.mdb');
  }

  /**
   * Runs `action` while no other process is past its own gate to the same index. All of it is synchronous, so that a process that
   * computes for a minute never does so past the gate.
   */
  pass<T>(action: () => T): T {
    return this.db.transactionSync(action);
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

function folderOf(cache: string): string {
  return join(cache, 'gate');
}

/** Made elsewhere and linked into place whole, so that a kill never leaves half of one. */
function createGate(cache: string, folder: string): void {
  const temporary = join(cache, 'tmp', `gate.${process.pid}.${process.hrtime.bigint()}`);
  mkdirSync(temporary, { recursive: true });
  mkdirSync(folder, { recursive: true });
  try {
    // Nothing was written, so that there is nothing to wait for.
    void openDatabase(temporary, false).close();
    linkSync(join(temporary, INDEX), join(folder, INDEX));
  } catch (error) {
    // Somebody else was first.
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
