// Reads the git commit of the pipeline's folder, for the record of a run, by calling git. This happens only if
// something is computed, because starting two processes takes time.
import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';

export interface GitState {
  readonly commit: string;
  /** True if tracked files have uncommitted changes; absent if git did not answer within two seconds. */
  readonly dirty?: boolean;
}

/** Reads the commit that is checked out in the folder of `file`. Undefined without git, or outside of a repository. */
export async function readGitState(file: string): Promise<GitState | undefined> {
  const folder = dirname(resolve(file));
  const [commit, changes] = await Promise.all([
    ask(folder, ['rev-parse', '--verify', '--quiet', 'HEAD']),
    ask(folder, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  if (commit === undefined) return undefined;
  return { commit, ...(changes === undefined ? {} : { dirty: changes !== '' }) };
}

/**
 * Returns the output of a git command; undefined if it fails. The command must not write anything or start a daemon.
 */
function ask(folder: string, command: readonly string[]): Promise<string | undefined> {
  const args = ['-c', 'core.fsmonitor=false', '--no-optional-locks', ...command];
  return new Promise((settle) => {
    execFile('git', args, { cwd: folder, timeout: 2000, windowsHide: true }, (error, stdout) => {
      settle(error ? undefined : stdout.trim());
    });
  });
}
