// The part of WebGPU (https://www.w3.org/TR/webgpu) that we use ourselves, and errors in words that say what to do.

import type { Failure } from '../runtime/contracts/failure.ts';
import { BackendError } from './backend-error.ts';

export interface GpuAdapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(wishes: { readonly requiredLimits: Readonly<Record<string, number>> }): Promise<GpuDevice>;
}

export interface UncapturedError {
  readonly error: Error;
  /** Keeps Dawn from printing it. */
  preventDefault(): void;
}

export interface GpuDevice {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(type: 'uncapturederror', listener: (event: UncapturedError) => void): void;
  destroy(): void;
}

export interface Gpu {
  requestAdapter(wishes: { readonly powerPreference: 'high-performance' }): Promise<GpuAdapter | null>;
}

/** What computes, as shown to people. */
export interface Adapter {
  /** e.g. `nvidia-geforce-rtx-3080 (NVIDIA 535.183)`. */
  readonly name: string;
  /** A processor that plays a GPU: right, and far slower than wasm. */
  readonly software: boolean;
}

export function describeAdapter({ info }: GpuAdapter): Adapter {
  const device = info.device || `${info.vendor} ${info.architecture}`.trim() || 'unnamed GPU';
  const name = info.description === '' ? device : `${device} (${info.description})`;
  return {
    name,
    software: info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(name),
  };
}

/** As much as the adapter has: the defaults are those of the weakest device there is, and refuse large tensors. */
export function requestDevice(adapter: GpuAdapter): Promise<GpuDevice> {
  const names = [
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxComputeWorkgroupSizeX',
    'maxComputeInvocationsPerWorkgroup',
    'maxStorageBufferBindingSize',
    'maxBufferSize',
  ];
  const requiredLimits = Object.fromEntries(names.map((name) => [name, adapter.limits[name]!]));
  return adapter.requestDevice({ requiredLimits });
}

const AGAIN = 'Finished steps and items are kept: run again.';

/**
 * A GPU tells of errors on the side (memory that ran out, a driver that gave up) while whatever was asked of it comes out as
 * zeros. The first trouble of a device is kept, and fails all that waits for a result, then and later.
 */
export class DeviceTrouble {
  #error: BackendError | undefined;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(device: GpuDevice) {
    void device.lost.then(({ reason, message }) =>
      this.#set({
        reason: 'gpu-lost',
        headline: 'the GPU was lost while it was in use',
        values: { because: [reason, message].filter((part) => part !== '').join(': ') || 'its driver does not say' },
        help: `${AGAIN} If it repeats, choose another backend, e.g. --backend wasm.`,
      }),
    );
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const { constructor, message } = event.error;
      if (constructor.name === 'GPUOutOfMemoryError' || /exceeds the max .* (size|limit)/.test(message))
        this.#set({
          reason: 'gpu-memory',
          headline: 'the memory of the GPU is not enough',
          values: { because: message },
          help: `Try a smaller batch, --jobs 1, or another backend, e.g. --backend wasm. ${AGAIN}`,
        });
      else
        this.#set({
          reason: 'gpu-refused',
          headline: 'the GPU refused a command',
          values: { because: message },
          help: `Choose another backend, e.g. --backend wasm. ${AGAIN}`,
        });
    });
  }

  /** @throws BackendError with the first trouble, if there was any */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** The result, unless there is trouble before it is there: what waits for a lost device would wait for ever. */
  async guard<T>(result: () => Promise<T>): Promise<T> {
    this.check();
    const value = await new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      void result()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    }).catch((error: unknown) => {
      this.check(); // says more than that a mapping was aborted
      throw error;
    });
    this.check();
    return value;
  }

  #set(failure: Failure): void {
    this.#error ??= new BackendError(failure);
    for (const reject of this.#waiting) reject(this.#error);
  }
}
