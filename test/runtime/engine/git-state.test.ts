// The commit is read from the files of git, and is what git says.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCommit, readGitState } from '../../../src/runtime/engine/git-state.ts';

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

it('reads the commit of a branch, packed or not, of a detached head, and of a worktree', async () => {
  const file = join(folder, 'a.yaml');
  const commit = git('rev-parse', 'HEAD');
  expect(readCommit(file)).toEqual({ commit });
  git('pack-refs', '--all');
  expect(readCommit(file)).toEqual({ commit });
  mkdirSync(join(folder, 'deep'));
  expect(readCommit(join(folder, 'deep', 'b.yaml'))).toEqual({ commit });
  const tree = join(folder, 'tree');
  git('worktree', 'add', '-q', tree, '-b', 'other');
  expect(readCommit(join(tree, 'a.yaml'))).toEqual({ commit });
  git('checkout', '-q', '--detach');
  expect(await readGitState(file)).toEqual({ commit, dirty: false });
});

it('says whether there are changes', async () => {
  writeFileSync(join(folder, 'a.yaml'), 'two');
  expect(await readGitState(join(folder, 'a.yaml'))).toMatchObject({ dirty: true });
});

it('is nothing outside of a repository', async () => {
  rmSync(join(folder, '.git'), { recursive: true });
  expect(readCommit(join(folder, 'a.yaml'))).toBeUndefined();
  expect(await readGitState(join(folder, 'a.yaml'))).toBeUndefined();
});
