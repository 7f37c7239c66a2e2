// `lethe setup`: makes the native TensorFlow backend available. An installed package is used if it loads. Otherwise a
// package is built in a temporary folder, tried there, and then moved to its final place. This file contains the
// sequence of stages; each stage has its own file.
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { findTensorflow, hasCuda } from '../compute/load-tensorflow.ts';
import { nativeFolder, nativePackage } from '../compute/native-folder.ts';
import { fail, failure, FailureError } from '../runtime/contracts/failure.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';
import { checkMachine, checkRoom, thisMachine } from './check-machine.ts';
import type { Machine } from './check-machine.ts';
import { compileBinding, findCompiler } from './compile-binding.ts';
import { diskFailure } from './disk-failure.ts';
import { download } from './download.ts';
import { fetchPackages } from './fetch-packages.ts';
import { findWheel } from './find-wheel.ts';
import { BUILD_REVISION, cpuRelease, gpuRelease } from './native-release.ts';
import type { NativeRelease, Wheel } from './native-release.ts';
import { putInPlace, readMark, refuseForeign } from './put-in-place.ts';
import { readPipSettings } from './pip-settings.ts';
import { progressTeller, retryEvent, stageEvent } from './setup-event.ts';
import type { OnSetup, SetupStage } from './setup-event.ts';
import { withLock } from './setup-lock.ts';
import { tryBinding } from './try-binding.ts';
import { unpackWheel } from './unpack-wheel.ts';

export interface SetupOptions {
  /** True to install the CUDA 12 libraries too, a download of 2.4 GB. */
  readonly gpu?: boolean;
  /**
   * Folder in which to build. If it is given, packages in other folders are ignored, and runs use the package only if
   * LETHE_TENSORFLOW names this folder's package.
   */
  readonly folder?: string;
  readonly onProgress: OnSetup;
  readonly signal: AbortSignal;
  /** Release to build; tests replace it. */
  readonly release?: NativeRelease;
  /** Machine on which to build; tests replace it. */
  readonly machine?: Machine;
}

export interface NativeSetup {
  /** Folder of the working tfjs-node package. */
  readonly folder: string;
  /** Version of the TensorFlow library. */
  readonly version: string;
  /** True if this setup built the package; false if it found a working one. */
  readonly built: boolean;
  /** True if a GPU was found and is used. */
  readonly gpu: boolean;
}

/**
 * Sets up the backend. Problems of network, disk and machine are returned as failures with advice. A backend that
 * worked before the setup still works afterwards, even if the setup fails.
 */
export async function setupTensorflow(options: SetupOptions): Promise<Result<NativeSetup>> {
  const folder = path.resolve(options.folder ?? nativeFolder());
  const release = options.release ?? (options.gpu === true ? gpuRelease : cpuRelease);
  try {
    const present = await findWorking(folder, release.variant, options);
    if (present !== undefined) return { ok: true, value: present };
    options.onProgress(stageEvent('check', 'this machine'));
    checkMachine(options.machine ?? thisMachine());
    const compiler = findCompiler();
    await refuseForeign(folder);
    await checkRoom(folder, roomNeeded(release));
    const build = { folder, release, compiler, options };
    return { ok: true, value: await withLock(`${folder}.lock`, () => buildAndInstall(build)) };
  } catch (error) {
    if (options.signal.aborted) return { ok: false, failures: [interrupted] };
    if (error instanceof FailureError) return { ok: false, failures: [error.failure] };
    return { ok: false, failures: [diskFailure(error, folder, roomNeeded(release))] };
  }
}

const interrupted = failure('setup-interrupted', { backend: 'tensorflow' });

async function findWorking(
  folder: string,
  variant: NativeRelease['variant'],
  options: SetupOptions,
): Promise<NativeSetup | undefined> {
  const candidates =
    options.folder === undefined ? findTensorflow() : [nativePackage(folder)].filter((found) => existsSync(found));
  for (const candidate of candidates) {
    if (variant === 'gpu' && !(await isGpuPackage(candidate))) continue;
    options.onProgress(stageEvent('look', candidate));
    if (candidate === nativePackage(folder) && (await readMark(folder))['revision'] !== BUILD_REVISION) {
      options.onProgress(retryEvent('look', candidate, 'an earlier Lethe built it, without fused convolutions'));
      continue;
    }
    const trial = await tryBinding(candidate, options.signal);
    if (trial.works) return { folder: candidate, version: trial.version, built: false, gpu: trial.gpu };
    options.onProgress(retryEvent('look', candidate, trial.because));
  }
  const chosen = variableText(SETTINGS.tensorflow);
  // A package built here would not be used, because LETHE_TENSORFLOW names another package.
  if (options.folder === undefined && chosen) fail(failure('bad-chosen-package', { chosen, variant }));
  return undefined;
}

/** Returns true for the package tfjs-node-gpu, and for a package that Lethe built with CUDA libraries. */
async function isGpuPackage(folder: string): Promise<boolean> {
  const { name } = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8')) as { name?: string };
  return name === '@tensorflow/tfjs-node-gpu' || hasCuda(folder);
}

interface Build {
  readonly folder: string;
  readonly release: NativeRelease;
  readonly compiler: string;
  readonly options: SetupOptions;
}

async function buildAndInstall(build: Build): Promise<NativeSetup> {
  const { folder, release, compiler, options } = build;
  const fresh = `${folder}.new`;
  const target = nativePackage(fresh);
  const stage = (name: SetupStage, what: string): void => options.onProgress(stageEvent(name, what));
  await rm(fresh, { recursive: true, force: true });
  try {
    stage('packages', release.packages.map(({ spec }) => spec).join(', '));
    await fetchPackages(release.packages, fresh, options.signal);
    for (const wheel of release.wheels) await addWheel(wheel, target, build);
    stage('compile', path.basename(compiler));
    await compileBinding(
      target,
      path.join(fresh, 'node_modules', 'node-api-headers', 'include'),
      compiler,
      options.signal,
    );
    await rm(path.join(target, 'deps', 'include'), { recursive: true });
    stage('try', 'a convolution');
    const trial = await tryBinding(target, options.signal);
    if (!trial.works) fail(failure('native-does-not-load', { tensorflow: release.version, why: trial.because }));
    stage('install', folder);
    await putInPlace(folder, fresh, {
      tensorflow: trial.version,
      variant: release.variant,
      revision: BUILD_REVISION,
    });
    await rm(downloads(folder), { recursive: true, force: true });
    return { folder: nativePackage(folder), version: trial.version, built: true, gpu: trial.gpu };
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function addWheel(
  wheel: Wheel,
  target: string,
  { folder, options: { onProgress, signal } }: Build,
): Promise<void> {
  const file = path.join(downloads(folder), wheel.file);
  const { index, certificates } = readPipSettings();
  const network = { signal, ...(certificates === undefined ? {} : { certificates }) };
  await mkdir(downloads(folder), { recursive: true });
  onProgress(stageEvent('download', wheel.project));
  await download(
    { locate: () => findWheel(wheel, index, network), bytes: wheel.bytes, sha256: wheel.sha256, file },
    {
      ...network,
      onProgress: progressTeller(onProgress, 'download', wheel.project),
      onRetry: (because) => onProgress(retryEvent('download', wheel.project, because)),
    },
  );
  onProgress(stageEvent('unpack', wheel.project));
  await unpackWheel(file, path.join(target, 'deps'), progressTeller(onProgress, 'unpack', wheel.project), signal);
}

/**
 * Returns the bytes needed on disk, for the wheels and for the libraries in them. Unpacked libraries are up to three
 * times as large as their wheel.
 */
function roomNeeded(release: NativeRelease): number {
  return 4 * release.wheels.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Returns the folder of downloads, which is deleted after a successful setup. */
function downloads(folder: string): string {
  return `${folder}.downloads`;
}
