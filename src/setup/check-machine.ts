// Whether this machine can build and run the native backend; everything that can be known before a byte is downloaded.
import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import { fail } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of the C library, e.g. `2.36`; undefined where it is not glibc. */
  readonly glibc: string | undefined;
}

export function thisMachine(): Machine {
  const report = process.report as { excludeNetwork?: boolean; getReport(): unknown };
  report.excludeNetwork = true; // it would ask name servers
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return { platform: process.platform, arch: process.arch, glibc: header.glibcVersionRuntime };
}

const oldestGlibc = '2.17'; // manylinux2014, what the wheels are built for

/** @throws FailureError `unsupported-platform`, `no-glibc` or `old-glibc`. */
export function checkMachine({ platform, arch, glibc }: Machine): void {
  if (platform !== 'linux' || arch !== 'x64') {
    fail({
      reason: 'unsupported-platform',
      headline: `lethe setup builds the native backend on Linux x64 only; this is ${platform} ${arch}`,
      help: 'Everything works on wasm, without setup. For native speed here, `npm install @tensorflow/tfjs-node` in your project: Lethe uses it if it loads (its makers provide binaries for macOS, Windows and Linux). On a machine with a GPU, `lethe setup --webgpu` gives the webgpu backend.',
    });
  }
  const rest =
    'Everything works on wasm, without setup. For native speed use a system (or a container image such as node:20-bookworm) with glibc 2.17 or later.';
  if (glibc === undefined) {
    fail({
      reason: 'no-glibc',
      headline: 'TensorFlow needs the GNU C library, and this system has another (Alpine has musl)',
      help: rest,
    });
  }
  if (compareVersions(glibc, oldestGlibc) < 0) {
    fail({
      reason: 'old-glibc',
      headline: 'the C library of this system is too old for TensorFlow',
      values: { found: glibc, needed: `${oldestGlibc} or later` },
      help: rest,
    });
  }
}

/** Negative where `a` is older than `b`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  const at = left.findIndex((part, i) => part !== (right[i] ?? 0));
  return at < 0 ? left.length - right.length : (left[at] ?? 0) - (right[at] ?? 0);
}

/** Makes the parent of the folder, and sees that it can be written and has room. @throws FailureError `unwritable-folder` or `disk-full`. */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const parent = path.dirname(folder);
  try {
    await mkdir(parent, { recursive: true });
    await access(parent, constants.W_OK | constants.X_OK);
  } catch (error) {
    fail({
      reason: 'unwritable-folder',
      headline: 'the folder for the backend cannot be written',
      values: { folder: parent, because: (error as Error).message },
      help: 'Make it writable, or choose another with LETHE_HOME (set it for later runs too).',
    });
  }
  const { bavail, bsize } = await statfs(parent);
  if (bavail * bsize < bytes) fail(diskFull(parent, bytes, bavail * bsize));
}

export function diskFull(folder: string, needed: number, free?: number): Failure {
  return {
    reason: 'disk-full',
    headline: 'there is not enough room on the disk for the backend',
    values: { folder, needed: gib(needed), ...(free === undefined ? {} : { free: gib(free) }) },
    help: 'Free some room, or choose another folder with LETHE_HOME (set it for later runs too), then run the setup again.',
  };
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
