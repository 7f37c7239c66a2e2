// `lethe setup --webgpu`: makes the backend on any GPU available. Uses what is installed if it loads, else fetches the packages beside
// and moves them into place only when they have been tried. That a machine has no GPU is said, and keeps nothing from being installed.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { findWebgpu } from '../compute/load-webgpu.ts';
import type { WebgpuPackages } from '../compute/load-webgpu.ts';
import { webgpuFolder } from '../compute/native-folder.ts';
import { fail, FailureError } from '../runtime/contracts/failure.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import { checkRoom, compareVersions, thisMachine } from './check-machine.ts';
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
  /** What to fetch, on what machine; the real ones unless a test says otherwise. */
  readonly release?: WebgpuRelease;
  readonly machine?: Machine;
}

export interface WebgpuSetup {
  /** Dawn's package. */
  readonly folder: string;
  /** Of tfjs's backend. */
  readonly version: string;
  /** False where it was there already. */
  readonly built: boolean;
  readonly adapter: string;
  /** The adapter is a processor that plays a GPU: far slower than wasm. */
  readonly software: boolean;
}

/** Never throws for what can go wrong outside: failures name the next step, and what worked before still works. */
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

const interrupted = {
  reason: 'interrupted',
  headline: 'the setup was interrupted',
  help: 'Nothing was changed. Run `lethe setup --webgpu` again.',
};

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

/** @throws FailureError `unsupported-platform`, `no-glibc` or `old-glibc`. */
function checkDawn({ platform, arch, glibc }: Machine): void {
  const name = platform === 'darwin' ? 'darwin-universal' : `${platform}-${arch}`;
  const help = 'Everything works on wasm, without setup.';
  if (!dawnPlatforms.includes(name))
    fail({
      reason: 'unsupported-platform',
      headline: `the webgpu backend has no binary for this platform, ${platform} ${arch}`,
      values: { platforms: dawnPlatforms.join(', ') },
      help,
    });
  if (platform !== 'linux') return;
  if (glibc === undefined)
    fail({
      reason: 'no-glibc',
      headline: 'the webgpu backend needs the GNU C library, and this system has another (Alpine has musl)',
      help,
    });
  if (compareVersions(glibc, dawnGlibc) < 0)
    fail({
      reason: 'old-glibc',
      headline: 'the C library of this system is too old for the webgpu backend',
      values: { found: glibc, needed: `${dawnGlibc} or later` },
      help,
    });
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
    if (!trial.works && !trial.loads)
      fail({
        reason: 'webgpu-does-not-load',
        headline: 'the webgpu backend was fetched but does not load on this machine',
        values: { because: trial.because },
        help: 'Nothing was changed; everything works on wasm.',
      });
    options.onProgress(stageEvent('install', folder));
    await putInPlace(folder, fresh, { webgpu: release.packages.map(({ spec }) => spec) });
    if (!trial.works) return failNoGpu(trial.because, within(folder));
    return described(trial, within(folder), true);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** A fifth is left of Dawn's package, which brings a library for each platform. */
async function dropOtherPlatforms(folder: string): Promise<void> {
  const own = process.platform === 'darwin' ? 'darwin-universal' : `${process.platform}-${process.arch}`;
  for (const other of dawnPlatforms.filter((name) => name !== own))
    await rm(path.join(folder, 'dist', other), { recursive: true, force: true });
}

function failNoGpu(because: string, { webgpu }: WebgpuPackages): never {
  return fail({
    reason: 'no-gpu',
    headline: 'the webgpu backend is installed, and finds nothing to compute on',
    values: { folder: webgpu, because },
    help: 'Mend what the message says; `lethe doctor` then shows the GPU. Meanwhile everything works on wasm.',
  });
}
