// The lock of a setup, between real processes: two never work at the same time, whatever lock files dead processes have
// left.
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { failureOf } from '../failure-of.ts';
import { ownIdentity } from '../../src/runtime/contracts/process-identity.ts';
import { withLock } from '../../src/setup/setup-lock.ts';

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-lock-'));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

const lock = (): string => join(folder, 'tensorflow.lock');

/** Writes the lock file of a process that is gone, or whose id another process has now. */
function leaveClaim(last: string, identity: object): string {
  const name = `tensorflow.lock.00000000-0000-4000-8000-00000000000${last}`;
  writeFileSync(join(folder, name), JSON.stringify({ ...ownIdentity(), ...identity }));
  return name;
}

/** A process that takes the lock on request, works for a while, and reports. */
async function taker(): Promise<ChildProcess> {
  const program = join(folder, `taker-${children.length}.mjs`);
  const source = JSON.stringify(fileURLToPath(new URL('../../src/setup/setup-lock.ts', import.meta.url)));
  const contents = `import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { withLock } from ${source};
const busy = ${JSON.stringify(join(folder, 'busy'))};
process.on('message', (longMs) => void withLock(${JSON.stringify(lock())}, async () => {
  writeFileSync(busy, '', { flag: 'wx' });
  await pause(longMs);
  rmSync(busy);
}).then(() => 'worked', (error) => error.failure?.reason ?? error.message).then((end) => process.send(end)));
process.send('ready');
`;
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: folder },
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
  });
  writeFileSync(program, outputFiles[0]?.contents ?? '');
  const child = fork(program);
  children.push(child);
  await once(child, 'message');
  return child;
}

async function end(child: ChildProcess, longMs: number): Promise<unknown> {
  child.send(longMs);
  return ((await once(child, 'message')) as unknown[])[0];
}

test('two processes that find a dead lock file never work at the same time, and one of them works', async () => {
  const [one, two] = [await taker(), await taker()];
  for (let round = 0; round < 40; round++) {
    leaveClaim('1', { pid: 2 ** 22 + round }); // above the greatest process id
    const ends = await Promise.all([end(one, 1), end(two, 1)]);
    for (const each of ends) expect(['worked', 'setup-running']).toContain(each);
    expect(ends).toContain('worked');
  }
  expect(readdirSync(folder).filter((name) => name.startsWith('tensorflow'))).toEqual([]);
});

test('a working process excludes others, and its death releases the lock', async () => {
  const [one, two] = [await taker(), await taker()];
  one.send(60_000);
  while (!readdirSync(folder).includes('busy')) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await end(two, 1)).toBe('setup-running');
  expect(await failureOf(withLock(lock(), () => Promise.resolve()))).toMatchObject({
    reason: 'setup-running',
    values: { process: one.pid },
  });
  one.kill('SIGKILL');
  await once(one, 'exit');
  rmSync(join(folder, 'busy'));
  expect(await end(two, 1)).toBe('worked');
});

test('a lock file is valid for its process, not for another one with the same id; one of another host is valid', async () => {
  const reused = leaveClaim('2', { start: '1' });
  expect(await withLock(lock(), () => Promise.resolve('worked'))).toBe('worked');
  expect(readdirSync(folder)).not.toContain(reused);
  const elsewhere = leaveClaim('3', { place: 'another host' });
  expect(await failureOf(withLock(lock(), () => Promise.resolve()))).toMatchObject({ reason: 'setup-running' });
  expect(readdirSync(folder)).toEqual([elsewhere]);
});
