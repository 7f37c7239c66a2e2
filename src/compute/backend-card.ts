// Card of a tensor backend: one frozen object per file of backends/. Only the method `load` of a card loads a tensor
// library; reading a card loads none.
import type * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels/kernels.ts';
import type { Adapter } from './webgpu-device.ts';

/** A loaded backend, ready to compute. */
export interface Backend {
  readonly name: string;
  /** Version of the library that computes: TensorFlow's C library, or the tfjs package. */
  readonly version: string;
  readonly tf: typeof tf;
  readonly kernels: Kernels;
  /** True if the backend computes on a GPU. A GPU is fast only with many images per pass. */
  readonly gpu: boolean;
  /** Adapter that the system chose for the backend. Only webgpu has one; it may be a software renderer. */
  readonly adapter?: Adapter;
}

export interface BackendCard {
  /** Value of `--backend`, equal to the file name. tfjs registers the backend under this name. */
  readonly name: string;
  /** Description in one sentence, for help and docs. */
  readonly doc: string;
  /**
   * Order of preference of `auto`, low ranks first. Every backend that computes on a GPU comes before all others,
   * whatever its rank.
   */
  readonly rank: number;
  /**
   * Resident set, in bytes, of a worker that has loaded this backend and computed once, rounded up. The number of
   * workers under `--memory` is chosen so that each worker has at least this much.
   */
  readonly residentBytes: number;
  /**
   * True if `auto` skips the backend when `isForGpu()` is false, because without a GPU the backend is slower than the
   * others.
   */
  readonly needsGpu?: true;
  /** Returns true if the backend is installed on this machine. Loads nothing, and takes milliseconds at most. */
  find(): boolean;
  /** Returns true if the installed backend computes on a GPU. Loads nothing. Called only if `find()` returned true. */
  isForGpu(): boolean;
  /**
   * Returns the reason why `auto` skips the backend; undefined if `auto` does not skip it. Only a backend that must ask
   * its device for the reason has this method.
   */
  whyNotAuto?(): Promise<string | undefined>;
  /**
   * Loads the backend, registers it with tfjs-core under `name` and makes it the active one.
   * @throws Error if the backend does not load; a FailureError if there is advice for the user
   */
  load(): Promise<Backend>;
}

/** Freezes a backend card. */
export function defineBackend(card: BackendCard): BackendCard {
  return Object.freeze(card);
}

/**
 * Makes a backend that is registered with tfjs-core the active one.
 * @throws Error if the backend does not start
 */
export async function activate(name: string): Promise<typeof tf> {
  const core = await import('@tensorflow/tfjs-core');
  if (core.getBackend() !== name && !(await core.setBackend(name)))
    throw new Error(`the backend ${name} does not start on this machine`);
  await core.ready();
  return core;
}
