// Form of a tensor backend: one frozen card per file of backends/. Reading a card loads no tensor library; `load` does.
import type * as tf from '@tensorflow/tfjs-core';
import type { Kernels } from './kernels/kernels.ts';
import type { Adapter } from './webgpu-device.ts';

/** A backend that is loaded and can compute. */
export interface Backend {
  readonly name: string;
  /** Version of the arithmetic: of TensorFlow's library, or of the tfjs package. */
  readonly version: string;
  readonly tf: typeof tf;
  readonly kernels: Kernels;
  /** True where it computes on a GPU, which is fast with many images at once only. */
  readonly gpu: boolean;
  /** The GPU, where the system chooses it. */
  readonly adapter?: Adapter;
}

export interface BackendCard {
  /** Value of `--backend`, equal to the file name; tfjs registers the backend under it. */
  readonly name: string;
  /** One sentence for help and docs. */
  readonly doc: string;
  /** Place in the order of preference: `auto` tries low ranks first, backends that compute on a GPU before all others. */
  readonly rank: number;
  /**
   * Bytes of the resident set of a worker that has loaded this backend and computed once, rounded up. `--memory` plans with it.
   */
  readonly residentBytes: number;
  /** `auto` skips the backend unless `isForGpu`: without a GPU it is slower than the others. */
  readonly needsGpu?: true;
  /** Finds out whether the backend is installed here. Loads nothing, and takes milliseconds at most. */
  find(): boolean;
  /** Finds out whether what is installed computes on a GPU. Loads nothing; asked only where `find` is true. */
  isForGpu(): boolean;
  /** Reason for which `auto` skips the backend, where only asking the device can tell; undefined if there is none. */
  whyNotAuto?(): Promise<string | undefined>;
  /**
   * Loads the backend, registers it with tfjs-core under `name` and makes it the active one.
   * @throws Error when it does not load, a FailureError where it is known what the user can do
   */
  load(): Promise<Backend>;
}

/** Freezes the card of a backend. */
export function defineBackend(card: BackendCard): BackendCard {
  return Object.freeze(card);
}

/** Makes a backend that is registered with tfjs-core the active one. @throws Error when it does not start */
export async function activate(name: string): Promise<typeof tf> {
  const core = await import('@tensorflow/tfjs-core');
  if (core.getBackend() !== name && !(await core.setBackend(name)))
    throw new Error(`the backend ${name} does not start on this machine`);
  await core.ready();
  return core;
}
