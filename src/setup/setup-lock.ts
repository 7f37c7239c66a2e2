// Keeps two setups from filling one folder at the same time. Each process puts a claim of its own beside the others and goes on only
// where it finds no other living one. So no claim is ever taken over: those of dead processes are passed by and swept away.
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { livenessOf, ownIdentity } from '../runtime/contracts/process-identity.ts';
import type { ProcessIdentity } from '../runtime/contracts/process-identity.ts';

/** Two processes that see each other's claim both step back, and try again after pauses of different length. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;

/** Runs `work` while no other process does so with the same lock. @throws FailureError `setup-running`. */
export async function withLock<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const own = await claim(lock);
  try {
    return await work();
  } finally {
    await rm(own, { force: true });
  }
}

/** Returns the file of this process's claim once it is the only one. */
async function claim(lock: string): Promise<string> {
  const own = `${lock}.${randomUUID()}`;
  for (let attempt = 1; ; attempt++) {
    // By rename, so that no one reads half a claim.
    await writeFile(`${own}.new`, JSON.stringify(ownIdentity()));
    await rename(`${own}.new`, own);
    const rival = await findRival(lock, own);
    if (rival === undefined) return own;
    await rm(own, { force: true });
    if (attempt === ATTEMPTS) fail(failure('setup-running', rival));
    await pause(PAUSE_MS * Math.random());
  }
}

/** Another living claim, if any. Claims of processes that cannot be seen from here (another host) count as living. */
async function findRival(lock: string, own: string): Promise<{ process: number; mark: string } | undefined> {
  const folder = path.dirname(lock);
  for (const name of await readdir(folder)) {
    const mark = path.join(folder, name);
    if (mark === own || !/^[0-9a-f-]{36}$/.test(mark.startsWith(`${lock}.`) ? mark.slice(lock.length + 1) : ''))
      continue;
    const text = await readFile(mark, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // just given up
    const identity = JSON.parse(text) as ProcessIdentity;
    if (livenessOf(identity) !== 'dead') return { process: identity.pid, mark };
    await rm(mark, { force: true });
  }
  return undefined;
}
