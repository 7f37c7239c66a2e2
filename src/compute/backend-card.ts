// Card of a tensor backend: one frozen object per file of backends/. Reading a card loads no tensor library; only
// `load` does.
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
  /** True if it computes on a GPU, which is fast only with many images per pass. */
  readonly gpu: boolean;
  /** The GPU, if the system chooses one. */
  readonly adapter?: Adapter;
}

export interface BackendCard {
  /** Value of `--backend`, equal to the file name; tfjs registers the backend under it. */
  readonly name: string;
  /** One sentence for help and docs. */
  readonly doc: string;
  /** Order of preference: `auto` tries low ranks first, but backends that compute on a GPU before all others. */
  readonly rank: number;
  /**
   * Resident set in bytes of a worker that has loaded this backend and computed once, rounded up. `--memory` is divided
   * accordingly.
   */
  readonly residentBytes: number;
  /** True if `auto` skips the backend unless `isForGpu`, because without a GPU it is slower than the others. */
  readonly needsGpu?: true;
  /** True if the backend is installed here. Loads nothing, and takes milliseconds at most. */
  find(): boolean;
  /** True if the installed backend computes on a GPU. Loads nothing; called only if `find` is true. */
  isForGpu(): boolean;
  /**
   * Reason why `auto` skips the backend, if that can be determined only by asking the device; undefined if there is
   * none.
   */
  whyNotAuto?(): Promise<string | undefined>;
  /**
   * Loads the backend, registers it with tfjs-core under `name` and makes it the active one.
   * @throws Error if it does not load; a FailureError if there is advice for the user
   */
  load(): Promise<Backend>;
}

/** Freezes a backend card. */
export function defineBackend(card: BackendCard): BackendCard {
  return Object.freeze(card);
}

/** Makes a backend that is registered with tfjs-core the active one. @throws Error if it does not start */
export async function activate(name: string): Promise<typeof tf> {
  const core = await import('@tensorflow/tfjs-core');
  if (core.getBackend() !== name && !(await core.setBackend(name)))
    throw new Error(`the backend ${name} does not start on this machine`);
  await core.ready();
  return core;
}
