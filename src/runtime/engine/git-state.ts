// The git commit of the folder a pipeline is in, for the record of runs. Asked of git itself, and only where something is computed:
// that takes longer than two processes do. Without git, or outside of a repository, there is no state.
import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';

export interface GitState {
  readonly commit: string;
  /** Uncommitted changes of tracked files; absent where git did not answer within two seconds. */
  readonly dirty?: boolean;
}

/** The commit that is checked out where `file` is, and whether files differ from it. */
export async function readGitState(file: string): Promise<GitState | undefined> {
  const folder = dirname(resolve(file));
  const [commit, changes] = await Promise.all([
    ask(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']),
    ask(folder, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  if (commit === undefined) return undefined;
  return { commit, ...(changes === undefined ? {} : { dirty: changes !== '' }) };
}

/** Output of a git command; undefined where it fails. It writes nothing, and starts no daemon. */
function ask(folder: string, command: readonly string[]): Promise<string | undefined> {
  const args = ['-c', 'core.fsmonitor=false', '--no-optional-locks', ...command];
  return new Promise((settle) => {
    execFile('git', args, { cwd: folder, timeout: 2000, windowsHide: true }, (error, stdout) => {
      settle(error ? undefined : stdout.trim());
    });
  });
}
