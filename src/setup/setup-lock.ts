// Prevents two setups from filling one folder at the same time. Each process writes its own lock file, and continues
// only if it finds no lock file of another living process. Lock files of dead processes are ignored and deleted. A
// process never takes over the lock file of another process.
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { livenessOf, ownIdentity } from '../runtime/contracts/process-identity.ts';
import type { ProcessIdentity } from '../runtime/contracts/process-identity.ts';

/**
 * Number of attempts to get the lock. If two processes see each other's lock files, each deletes its own lock file and
 * retries after a random pause.
 */
const ATTEMPTS = 5;
const PAUSE_MS = 200;

/**
 * Runs `work` while this process holds the lock.
 * @throws FailureError `setup-running` if another process holds the lock
 */
export async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const own = await claim(lock);
  try {
    return await work();
  } finally {
    await rm(own, { force: true });
  }
}

/** Creates a lock file. Returns its path once no other process holds the lock. */
async function claim(lock: string): Promise<string> {
  const own = `${lock}.${randomUUID()}`;
  for (let attempt = 1; ; attempt++) {
    // written by rename, so that no process reads an incomplete file
    await writeFile(`${own}.new`, JSON.stringify(ownIdentity()));
    await rename(`${own}.new`, own);
    const rival = await findRival(lock, own);
    if (rival === undefined) return own;
    await rm(own, { force: true });
    if (attempt === ATTEMPTS) fail(failure('setup-running', rival));
    await pause(PAUSE_MS * Math.random());
  }
}

/**
 * Finds another living process that has a lock file; undefined if there is none. A process whose state cannot be
 * determined (on another host) counts as living.
 */
async function findRival(lock: string, own: string): Promise<{ process: number; mark: string } | undefined> {
  const folder = path.dirname(lock);
  for (const name of await readdir(folder)) {
    const mark = path.join(folder, name);
    if (mark === own || !/^[0-9a-f-]{36}$/.test(mark.startsWith(`${lock}.`) ? mark.slice(lock.length + 1) : ''))
      continue;
    const text = await readFile(mark, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // the other process has just withdrawn it
    const identity = JSON.parse(text) as ProcessIdentity;
    if (livenessOf(identity) !== 'dead') return { process: identity.pid, mark };
    await rm(mark, { force: true });
  }
  return undefined;
}
