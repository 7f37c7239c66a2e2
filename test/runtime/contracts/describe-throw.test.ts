// Errors thrown by nodes, as failures: the listed stack frames are those in the user's own files, in any folder,
// without frames of Node or of packages.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { causesOf, describeStray, describeThrow, userFrames } from '../../../src/runtime/contracts/describe-throw.ts';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lethe-throw-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CODE = `import { readFile } from 'node:fs/promises';
export class Reader { async read() { await null; return JSON.parse('no'); } }
export const fails = {
  plain() { throw new Error('plain'); },
  async later() { await new Reader().read(); },
  callback() { [1].map(() => { throw new Error('callback'); }); },
  evaluated() { eval('throw new Error("evaluated")'); },
  async node() { const { Readable } = await import('node:stream'); Readable.from(3); },
  built() { return new (class Made { constructor() { throw new Error('built'); } })(); },
};
`;

/** Stacks of several failures, as written by a separate process that has the file at `path`. */
function stacksOf(path: string): Readonly<Record<string, string>> {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, CODE);
  const program = `const { fails } = await import(${JSON.stringify(pathToFileURL(path).href)});
const stacks = {};
for (const [name, fail] of Object.entries(fails)) try { await fail(); } catch (error) { stacks[name] = error.stack; }
console.log(JSON.stringify(stacks));`;
  const args = ['--input-type=module', '--eval', program];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })) as Record<string, string>;
}

/** An error with the stack of another process. */
function errorOf(stack: string): Error {
  const error = new Error('of another process');
  error.stack = stack;
  return error;
}

it.each(['nodes.mjs', 'with blanks/my nodes.mjs', 'brackets (1)/a (b).mjs', 'größe/数据.mjs', '100 %25/50%.mjs'])(
  'names lines of %s',
  (name) => {
    const path = join(folder, name);
    const lines = Object.fromEntries(
      Object.entries(stacksOf(path)).map(([kind, stack]) => [
        kind,
        userFrames(errorOf(stack)).map((place) => place.replace(/:\d+$/, '')),
      ]),
    );
    expect(lines).toEqual({
      plain: [`${path}:4`],
      later: [`${path}:2`, `${path}:5`],
      callback: [`${path}:6`, `${path}:6`],
      evaluated: [`${path}:7`, `${path}:7`],
      node: [`${path}:8`],
      built: [`${path}:9`, `${path}:9`],
    });
  },
);

it('keeps the first folder of a path, whether path or URL, and leaves out frames that are not the user’s', () => {
  const file = join(folder, 'my nodes (2).ts');
  writeFileSync(file, '');
  const stack = `Error: x
    at JSON.parse (<anonymous>)
    at load (${file}:3:4)
    at async ${file}:5:6
    at Object.run [as go] (${pathToFileURL(file).href}?v=1:7:8)
    at new Thing (${pathToFileURL(file).href}:9:10)
    at Module._compile (node:internal/modules/cjs/loader:1554:14)
    at node:internal/main/run_main_module:36:49
    at async Promise.all (index 0)
    at gone (${join(folder, 'gone.ts')}:1:1)
    at own (${join(import.meta.dirname, '../../../src/runtime/contracts/describe-throw.ts')}:1:1)
    at package (${join(import.meta.dirname, '../../../node_modules/vitest/package.json')}:1:1)`;
  expect(userFrames(errorOf(stack))).toEqual([`${file}:3:4`, `${file}:5:6`, `${file}:7:8`, `${file}:9:10`]);
});

const user = { step: 's', node: 'mine', module: '/x/nodes.ts' };

it('passes failures on, of this copy of the class and of another', () => {
  const failure = { reason: 'bad', headline: 'bad' };
  expect(describeThrow(new FailureError(failure), user)).toEqual({ ...failure, step: 's' });
  const foreign = Object.assign(new Error('bad'), { name: 'FailureError', failure });
  expect(describeThrow(foreign, user)).toEqual({ ...failure, step: 's' });
});

it('distinguishes bugs in Lethe from bugs in a user’s node, and gives advice', () => {
  expect(describeThrow('just text', { step: 's', node: 'sid' })).toMatchObject({
    reason: 'node-threw',
    step: 's',
    headline: 'sid failed: just text',
    help: expect.stringMatching(/bug in Lethe/),
  });
  expect(describeThrow(new RangeError(''), user)).toMatchObject({
    headline: 'mine failed: RangeError',
    help: 'Fix the node and run again: finished steps and items are cached.',
  });
  expect(describeStray(new Error('x'), 'an unhandled rejection', user)).toMatchObject({
    values: { node: 'mine', how: 'an unhandled rejection' },
    help: expect.stringMatching(/^Await every promise/),
  });
  const full = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
  expect(describeThrow(full, user)).toMatchObject({ reason: 'disk-full', step: 's', values: { node: 'mine' } });
});

it('tells the causes of an error, the parts of a collection, and what was thrown instead of an error', () => {
  const deep = new Error('no route', { cause: new Error('EHOSTUNREACH', { cause: { port: 443 } }) });
  expect(describeThrow(new TypeError('fetch failed', { cause: deep }), user)).toMatchObject({
    headline: 'mine failed: fetch failed',
    values: { cause: 'no route', 'cause (2)': 'EHOSTUNREACH', 'cause (3)': '{ port: 443 }' },
    data: { causes: ['no route', 'EHOSTUNREACH', '{ port: 443 }'] },
  });
  const parts = new AggregateError([new Error('first', { cause: 'why' }), 'second'], 'all of them');
  expect(causesOf(parts)).toEqual(['first', 'why', 'second']);
  expect(describeThrow({ code: 429 }, user).headline).toBe('mine failed: { code: 429 }');
  expect(describeThrow(undefined, user).headline).toBe('mine failed: undefined');
});

it('ends a circle and a long chain of causes', () => {
  const circle = new Error('a');
  circle.cause = new Error('b', { cause: circle });
  expect(causesOf(circle)).toEqual(['b']);
  let chain = new Error('0');
  for (let k = 1; k < 30; k++) chain = new Error(String(k), { cause: chain });
  expect(causesOf(chain)).toHaveLength(11);
  expect(causesOf(chain).at(-1)).toBe('further causes are left out');
});
