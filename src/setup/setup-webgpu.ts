// `lethe setup --webgpu`: makes the webgpu backend available, for any GPU. Installed packages are used if they load.
// Otherwise packages are downloaded to a temporary folder, tried there, and then moved to their final place. On a
// machine without a GPU, the packages are still installed, but the setup returns a failure that reports the missing
// GPU.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { findWebgpu } from '../compute/load-webgpu.ts';
import type { WebgpuPackages } from '../compute/load-webgpu.ts';
import { webgpuFolder } from '../compute/native-folder.ts';
import { fail, failure, FailureError } from '../runtime/contracts/failure.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import { checkRoom, requireGlibc, thisMachine } from './check-machine.ts';
import type { Machine } from './check-machine.ts';
import { fetchPackages } from './fetch-packages.ts';
import { putInPlace, refuseForeign } from './put-in-place.ts';
import { retryEvent, stageEvent } from './setup-event.ts';
import type { OnSetup } from './setup-event.ts';
import { diskFailure } from './disk-failure.ts';
import { withLock } from './setup-lock.ts';
import { tryWebgpu } from './try-webgpu.ts';
import type { WebgpuTrial } from './try-webgpu.ts';
import { dawnGlibc, dawnPlatforms, webgpuRelease } from './webgpu-release.ts';
import type { WebgpuRelease } from './webgpu-release.ts';

export interface WebgpuSetupOptions {
  readonly onProgress: OnSetup;
  readonly signal: AbortSignal;
  /** Release to download; tests replace it. */
  readonly release?: WebgpuRelease;
  /** Machine on which to install; tests replace it. */
  readonly machine?: Machine;
}

export interface WebgpuSetup {
  /** Folder of Dawn's package. */
  readonly folder: string;
  /** Version of tfjs's WebGPU backend. */
  readonly version: string;
  /** True if this setup downloaded the packages; false if it found working ones. */
  readonly built: boolean;
  readonly adapter: string;
  /** True if the adapter is a software renderer, which is far slower than wasm. */
  readonly software: boolean;
}

/**
 * Sets up the backend. Problems of network, disk and machine are returned as failures with advice. A backend that
 * worked before the setup still works afterwards, even if the setup fails.
 */
export async function setupWebgpu(options: WebgpuSetupOptions): Promise<Result<WebgpuSetup>> {
  const folder = webgpuFolder();
  const release = options.release ?? webgpuRelease;
  try {
    const present = await findWorking(options);
    if (present !== undefined) return { ok: true, value: present };
    options.onProgress(stageEvent('check', 'this machine'));
    checkDawn(options.machine ?? thisMachine());
    await refuseForeign(folder);
    await checkRoom(folder, release.bytes);
    return { ok: true, value: await withLock(`${folder}.lock`, () => fetchAndInstall(folder, release, options)) };
  } catch (error) {
    if (options.signal.aborted) return { ok: false, failures: [interrupted] };
    if (error instanceof FailureError) return { ok: false, failures: [error.failure] };
    return { ok: false, failures: [diskFailure(error, folder, release.bytes)] };
  }
}

const interrupted = failure('setup-interrupted', { backend: 'webgpu' });

async function findWorking(options: WebgpuSetupOptions): Promise<WebgpuSetup | undefined> {
  const packages = findWebgpu();
  if (packages === undefined) return undefined;
  options.onProgress(stageEvent('look', packages.webgpu));
  const trial = await tryWebgpu(packages, options.signal);
  if (trial.works) return described(trial, packages, false);
  if (trial.loads) failNoGpu(trial.because, packages);
  options.onProgress(retryEvent('look', packages.webgpu, trial.because));
  return undefined;
}

function described(
  { version, adapter, software }: WebgpuTrial & { readonly works: true },
  { webgpu }: WebgpuPackages,
  built: boolean,
): WebgpuSetup {
  return { folder: webgpu, version, built, adapter, software };
}

/** Checks that Dawn supports the machine. @throws FailureError `unsupported-platform`, `no-glibc` or `old-glibc` */
function checkDawn({ platform, arch, glibc }: Machine): void {
  const name = platform === 'darwin' ? 'darwin-universal' : `${platform}-${arch}`;
  const platforms = dawnPlatforms;
  if (!platforms.includes(name))
    fail(failure('unsupported-platform', { backend: 'webgpu', platform, arch, platforms }));
  if (platform === 'linux') requireGlibc(glibc, dawnGlibc, 'webgpu');
}

async function fetchAndInstall(
  folder: string,
  release: WebgpuRelease,
  options: WebgpuSetupOptions,
): Promise<WebgpuSetup> {
  const fresh = `${folder}.new`;
  const within = (root: string): WebgpuPackages => ({
    webgpu: path.join(root, 'node_modules', 'webgpu'),
    backend: path.join(root, 'node_modules', '@tensorflow', 'tfjs-backend-webgpu'),
  });
  await rm(fresh, { recursive: true, force: true });
  try {
    options.onProgress(stageEvent('packages', release.packages.map(({ spec }) => spec).join(', ')));
    await fetchPackages(release.packages, fresh, options.signal);
    await dropOtherPlatforms(within(fresh).webgpu);
    options.onProgress(stageEvent('try', 'a convolution'));
    const trial = await tryWebgpu(within(fresh), options.signal);
    if (!trial.works && !trial.loads) fail(failure('webgpu-does-not-load', { why: trial.because }));
    options.onProgress(stageEvent('install', folder));
    await putInPlace(folder, fresh, { webgpu: release.packages.map(({ spec }) => spec) });
    if (!trial.works) return failNoGpu(trial.because, within(folder));
    return described(trial, within(folder), true);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Deletes the binaries for other platforms, which are four fifths of Dawn's package. */
async function dropOtherPlatforms(folder: string): Promise<void> {
  const own = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
  for (const other of dawnPlatforms.filter((name) => name !== own))
    await rm(path.join(folder, 'dist', other), { recursive: true, force: true });
}

function failNoGpu(why: string, { webgpu }: WebgpuPackages): never {
  return fail(failure('setup-without-gpu', { folder: webgpu, why }));
}
