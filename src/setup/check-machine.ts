// Checks, before any download, that this machine can build and run a backend.
import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fail, failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of glibc, e.g. `2.36`; undefined for another C library. */
  readonly glibc: string | undefined;
}

export function thisMachine(): Machine {
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown };
  report.excludeNetwork = true; // otherwise the report would query name servers
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

const oldestGlibc = '2.17'; // glibc of manylinux2014, for which the wheels are built

/**
 * Checks that the backend tensorflow supports the platform and the C library.
 * @throws FailureError `unsupported-platform`, `no-glibc` or `old-glibc`
 */
export function checkMachine({ platform, arch, glibc }: Machine): void {
  const backend = 'tensorflow';
  if (platform !== 'linux' || arch !== 'x64')
    fail(failure('unsupported-platform', { backend, platform, arch, platforms: ['linux-x64'] }));
  requireGlibc(glibc, oldestGlibc, backend);
}

/**
 * Checks that the C library is glibc of at least the version `needed`.
 * @throws FailureError `no-glibc` or `old-glibc`
 */
export function requireGlibc(found: string | undefined, needed: string, backend: string): void {
  if (found === undefined) fail(failure('no-glibc', { backend, needed }));
  if (compareVersions(found, needed) < 0) fail(failure('old-glibc', { backend, found, needed }));
}

/** Compares versions: negative if `a` is older than `b`, 0 if they are equal, positive if `a` is newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const at = left.findIndex((part, i) => part !== (right[i] ?? 0));
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

/**
 * Creates the parent of the folder, and checks that the parent is writable and that its disk has room for `bytes`.
 * @throws FailureError `unwritable-folder` or `disk-full`
 */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const parent = path.dirname(folder);
  try {
    await mkdir(parent, { recursive: true });
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    fail(failure('unwritable-folder', { folder: parent, why: (error as Error).message }));
  }
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize < bytes) fail(diskFull(parent, bytes, bavail * bsize));
}

export function diskFull(folder: string, needed: number, free?: number): Failure {
  return failure('disk-full', {
    content: 'the backend',
    folder,
    needed: gib(needed),
    ...(free === undefined ? {} : { free: gib(free) }),
    help: 'Free some room, or choose another folder with LETHE_HOME (set it for later runs too), then run the setup again.',
  });
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
