// The project works in any folder and on newer versions of Node: a part of `npm test` runs in a copy of the working
// tree, below the system's temporary folder, with spaces and a non-ASCII letter in its path, with and without
// ../shared.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const shared = join(root, '..', 'shared');

/** Test files that start programs, read files of users or of ../shared, or depend on the location of the project. */
const FILTERS = [
  'test/runtime/modules',
  'test/runtime/contracts/describe-throw',
  'test/runtime/engine/user-nodes-run',
  'test/run-pipeline',
  'test/commands/command-line',
  'test/commands/incremental',
  'test/datasets',
  'test/network/read-weights',
  'test/setup',
];

let folder: string;
let clone: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lethe clone ä ')));
  clone = join(folder, 'my lethe');
  const list = ['ls-files', '--cached', '--others', '--exclude-standard', '-z'];
  const files = execFileSync('git', list, { cwd: root, encoding: 'utf8' }).split('\0');
  for (const file of files.filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(root, file), join(clone, file));
  }
  copyPackages();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Copies packages, by hard links where possible, because they are large. The content of `.cache` is not copied. */
function copyPackages(): void {
  const [from, to] = [join(root, 'node_modules'), join(clone, 'node_modules')];
  if (spawnSync('cp', ['-al', from, to]).status !== 0) {
    rmSync(to, { recursive: true, force: true });
    cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  }
  rmSync(join(to, '.cache'), { recursive: true, force: true });
}

/**
 * Folder with Node of this major version from the npm registry; undefined, with the reason printed, if it cannot be
 * downloaded.
 */
function nodeFolder(major: number): string | undefined {
  const name = `node-${process.platform}-${process.arch}`;
  const home = join(folder, `node-${major}`);
  mkdirSync(home);
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', home];
  const done = spawnSync('npm', [...args, `${name}@${major}`], { encoding: 'utf8' });
  const bin = join(home, 'node_modules', name, 'bin');
  if (done.status === 0 && existsSync(join(bin, 'node'))) return bin;
  console.error(`Node ${major} is not tested: npm cannot install ${name}@${major}. ${done.stderr.trim()}`);
  return undefined;
}

/** Output of `npm test` in the clone, with the Node in a folder. */
function testClone(bin: string): string {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const done = spawnSync('npm', ['test', '--', ...FILTERS], { cwd: clone, env, encoding: 'utf8', maxBuffer: 1 << 28 });
  return `${done.stdout}\n${done.stderr.slice(-4000)}`;
}

const PASSED = /^[1-9]\d* passed, 0 failed, \d+ skipped$/m;

test('without ../shared', () => {
  expect(testClone(dirname(process.execPath))).toMatch(PASSED);
});

test.runIf(existsSync(shared))('with ../shared', () => {
  symlinkSync(shared, join(folder, 'shared'));
  expect(testClone(dirname(process.execPath))).toMatch(PASSED);
});

test.for([22, 24])('on Node %i', (major, { skip }) => {
  const bin = nodeFolder(major);
  if (bin === undefined) return skip(`Node ${major} cannot be installed`);
  const version = execFileSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
  expect(version.startsWith(`v${major}.`)).toBe(true);
  expect(testClone(bin)).toMatch(PASSED);
});
