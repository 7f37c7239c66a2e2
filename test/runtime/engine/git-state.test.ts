// Git state of a pipeline's folder, in repositories of every kind.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { readGitState } from '../../../src/runtime/engine/git-state.ts';

let folder: string;
const git = (...args: string[]): string => {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@t', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
};
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lethe-git-')));
  git('init', '-q');
  writeFileSync(join(folder, 'a.yaml'), 'one');
  git('add', '.');
  git('commit', '-qm', 'one');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('gives the commit of a branch, packed or not, of a detached head, and of a worktree', async () => {
  const file = join(folder, 'a.yaml');
  const clean = { commit: git('rev-parse', 'HEAD'), dirty: false };
  expect(await readGitState(file)).toEqual(clean);
  git('pack-refs', '--all');
  expect(await readGitState(file)).toEqual(clean);
  mkdirSync(join(folder, 'deep'));
  expect(await readGitState(join(folder, 'deep', 'b.yaml'))).toEqual(clean);
  const tree = join(folder, 'tree');
  git('worktree', 'add', '-q', tree, '-b', 'other');
  expect(await readGitState(join(tree, 'a.yaml'))).toEqual(clean);
  git('checkout', '-q', '--detach');
  expect(await readGitState(file)).toEqual(clean);
});

const [major = 0, minor = 0] = (/\d+\.\d+/.exec(git('--version'))?.[0] ?? '').split('.').map(Number);
it.runIf(major > 2 || (major === 2 && minor >= 45))('knows repositories that keep their refs in tables', async () => {
  rmSync(join(folder, '.git'), { recursive: true });
  git('init', '-q', '--ref-format=reftable');
  git('add', '.');
  git('commit', '-qm', 'one');
  expect(await readGitState(join(folder, 'a.yaml'))).toEqual({ commit: git('rev-parse', 'HEAD'), dirty: false });
});

it('reports changes of tracked files, and does not modify the index', async () => {
  writeFileSync(join(folder, 'new.yaml'), 'untracked');
  utimesSync(join(folder, 'a.yaml'), 1, 1);
  const index = readFileSync(join(folder, '.git', 'index'));
  expect(await readGitState(join(folder, 'a.yaml'))).toMatchObject({ dirty: false });
  expect(readFileSync(join(folder, '.git', 'index')).equals(index)).toBe(true);
  writeFileSync(join(folder, 'a.yaml'), 'two');
  expect(await readGitState(join(folder, 'a.yaml'))).toMatchObject({ dirty: true });
});

it('is undefined before the first commit, outside of a repository, and without git', async () => {
  const file = join(folder, 'a.yaml');
  vi.stubEnv('PATH', join(folder, 'nothing'));
  expect(await readGitState(file)).toBeUndefined();
  vi.unstubAllEnvs();
  rmSync(join(folder, '.git'), { recursive: true });
  expect(await readGitState(file)).toBeUndefined();
  git('init', '-q');
  expect(await readGitState(file)).toBeUndefined();
});
