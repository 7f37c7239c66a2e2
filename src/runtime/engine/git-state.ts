// The git commit of the folder a pipeline is in, for the record of runs. The commit is read without starting a process; whether
// there are uncommitted changes is only asked of git where something is computed anyway.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

export interface GitState {
  readonly commit: string;
  /** Uncommitted changes; absent where it was not asked or git did not answer. */
  readonly dirty?: boolean;
}

interface Repository {
  readonly root: string;
  /** Holds HEAD. */
  readonly folder: string;
  /** Holds the refs: another one in a worktree. */
  readonly common: string;
}

function findRepository(start: string): Repository | undefined {
  for (let root = start; ; root = dirname(root)) {
    const dot = join(root, '.git');
    if (existsSync(dot)) {
      const folder = statSync(dot).isDirectory()
        ? dot
        : resolve(
            root,
            readFileSync(dot, 'utf8')
              .replace(/^gitdir:/, '')
              .trim(),
          );
      const common = join(folder, 'commondir');
      return {
        root,
        folder,
        common: existsSync(common) ? resolve(folder, readFileSync(common, 'utf8').trim()) : folder,
      };
    }
    if (dirname(root) === root) return undefined;
  }
}

function commitOf({ folder, common }: Repository): string | undefined {
  const head = readFileSync(join(folder, 'HEAD'), 'utf8').trim();
  if (!head.startsWith('ref:')) return head;
  const ref = head.slice(4).trim();
  for (const place of [folder, common]) {
    if (existsSync(join(place, ref))) return readFileSync(join(place, ref), 'utf8').trim();
  }
  const packed = join(common, 'packed-refs');
  if (!existsSync(packed)) return undefined;
  const line = readFileSync(packed, 'utf8')
    .split('\n')
    .find((one) => one.endsWith(` ${ref}`));
  return line?.split(' ')[0];
}

/** The commit checked out where `file` is, if that is a git repository. Takes well under a millisecond. */
export function readCommit(file: string): GitState | undefined {
  try {
    const repository = findRepository(dirname(resolve(file)));
    const commit = repository && commitOf(repository);
    return commit === undefined ? undefined : { commit };
  } catch {
    return undefined;
  }
}

/** The same with `dirty`, by asking git; gives up after two seconds. */
export function readGitState(file: string): Promise<GitState | undefined> {
  const state = readCommit(file);
  if (!state) return Promise.resolve(undefined);
  const args = ['-c', 'core.fsmonitor=false', '--no-optional-locks', 'status', '--porcelain', '--untracked-files=no'];
  return new Promise((settle) => {
    execFile('git', args, { cwd: dirname(resolve(file)), timeout: 2000, windowsHide: true }, (error, stdout) => {
      settle(error ? state : { ...state, dirty: stdout.trim() !== '' });
    });
  });
}
