// The gate of an index: a lock that a process must hold to open the index or to commit to it. LMDB itself ensures that
// only one process commits, but a process that opens the index does not wait for a commit. If it opens the index during
// a commit, the LMDB in lmdb-js 3.5 may take the state before that commit for the latest one, and the next transaction
// of the process overwrites the commit (OpenLDAP ITS#9496). The gate is the write lock of a second, empty index,
// because the kernel releases this lock when its owner dies.
import { existsSync, linkSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from './database.ts';
import { INDEX, openDatabase } from './database.ts';

export class Gate {
  private readonly db: Database;

  private constructor(folder: string) {
    this.db = openDatabase(folder, false);
  }

  /** Opens the gate of the cache in the folder `cache`, and creates it if it does not exist. */
  static open(cache: string): Gate {
    const folder = folderOf(cache);
    if (!existsSync(join(folder, INDEX))) createGate(cache, folder);
    return new Gate(folder);
  }

  /** Path of the file that a process must be able to write to in order to pass the gate. */
  static lockFile(cache: string): string {
    return join(folderOf(cache), 'lock.mdb');
  }

  /**
   * Executes `action` while holding the gate of the index. `action` is synchronous, so that the process does no other
   * work while it holds the gate.
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

/**
 * Creates the gate in a temporary folder and links it into place, so that a killed process never leaves an incomplete
 * gate.
 */
function createGate(cache: string, folder: string): void {
  const temporary = join(cache, 'tmp', `gate.${process.pid}.${process.hrtime.bigint()}`);
  mkdirSync(temporary, { recursive: true });
  mkdirSync(folder, { recursive: true });
  try {
    // not awaited, because nothing was written
    void openDatabase(temporary, false).close();
    linkSync(join(temporary, INDEX), join(folder, INDEX));
  } catch (error) {
    // another process created it first
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
