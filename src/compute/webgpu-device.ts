// The part of WebGPU (https://www.w3.org/TR/webgpu) that Lethe uses itself, and its errors as failures.

import { failure, FailureError } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';

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

/** The device that computes, as shown to people. */
export interface Adapter {
  /** e.g. `nvidia-geforce-rtx-3080 (NVIDIA 535.183)`. */
  readonly name: string;
  /** A software renderer on the processor: correct, and far slower than wasm. */
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

/** Requests a device with the limits of the adapter: the default limits are those of the weakest device, and reject large tensors. */
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

/**
 * The first error of a GPU device. A device reports errors asynchronously (memory that ran out, a driver that gave up), while the
 * results of the commands concerned come out as zeros. The first error fails every pending and later read.
 */
export class DeviceTrouble {
  #error: FailureError | undefined;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(device: GpuDevice) {
    void device.lost.then(({ reason, message }) => {
      const because = [reason, message].filter((part) => part !== '').join(': ') || 'the driver gives no reason';
      this.#set(failure('gpu-lost', { because }));
    });
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const { constructor, message } = event.error;
      const isMemory = constructor.name === 'GPUOutOfMemoryError' || /exceeds the max .* (size|limit)/.test(message);
      this.#set(failure(isMemory ? 'gpu-memory' : 'gpu-refused', { because: message }));
    });
  }

  /** @throws FailureError with the first error of the device, if there was any */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /** Waits for a result, or fails with the first error of the device: a result of a lost device would never come. */
  async guard<T>(result: () => Promise<T>): Promise<T> {
    this.check();
    const value = await new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      void result()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    }).catch((error: unknown) => {
      this.check(); // its message says more than that a mapping was aborted
      throw error;
    });
    this.check();
    return value;
  }

  #set(first: Failure): void {
    this.#error ??= new FailureError(first);
    for (const reject of this.#waiting) reject(this.#error);
  }
}
