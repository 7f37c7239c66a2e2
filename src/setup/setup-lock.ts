// Keeps two setups from filling one folder at the same time. Dies with its owner: a lock of a dead process is no lock.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fail } from '../runtime/contracts/failure.ts';

/** Runs `work` while no other process does so with the same file. @throws FailureError `setup-running`. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  await take(file);
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<void> {
  try {
    await writeFile(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const owner = Number(await readFile(file, 'utf8').catch(() => ''));
    if (owner > 0 && isAlive(owner)) {
      fail({
        reason: 'setup-running',
        headline: 'another `lethe setup` is at work on this folder',
        values: { process: owner, 'its mark': file },
        help: 'Wait for it to finish. If there is none, delete the mark.',
      });
    }
    await rm(file, { force: true });
    await take(file);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
