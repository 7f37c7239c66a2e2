// Python virtual environment with PyTorch for the benches only, created once in the user's cache folder.
import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userFolder } from '../../src/compute/native-folder.ts';

const PACKAGES = ['torch==2.15.0', 'numpy==2.2.6'];

/**
 * Path of the environment's Python, or the reason why there is none. The first call downloads some gigabytes (on Linux,
 * PyPI has only the CUDA build).
 */
export function peerPython(): { readonly python: string } | { readonly why: string } {
  const folder = join(userFolder(), 'peers', PACKAGES[0]!.replace('==', '-'));
  const python = join(folder, 'bin', 'python');
  const done = join(folder, 'lethe-done');
  if (existsSync(done)) return { python };
  const system = ['python3', 'python'].find((name) => run(name, ['-c', 'import venv, ensurepip']) === undefined);
  if (system === undefined) return { why: 'Python 3 with its venv module is not installed' };
  console.error(`installing ${PACKAGES.join(', ')} into ${folder}: some minutes, 5 GB on Linux`);
  rmSync(folder, { recursive: true, force: true });
  const why =
    run(system, ['-m', 'venv', folder]) ??
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...PACKAGES]) ??
    run(python, ['-c', 'import torch, numpy']);
  if (why !== undefined) return { why };
  writeFileSync(`${done}.new`, `${PACKAGES.join('\n')}\n`);
  renameSync(`${done}.new`, done);
  return { python };
}

/** Executes a program. Returns the reason why it failed, or undefined if it succeeded. */
function run(file: string, args: readonly string[]): string | undefined {
  const done = spawnSync(file, args, { encoding: 'utf8' });
  if (done.status === 0) return undefined;
  return `${file} ${args.join(' ')}: ${(done.error?.message ?? done.stderr).trim().split('\n').slice(-3).join(' / ')}`;
}
