// Types for the part of WebGPU (https://www.w3.org/TR/webgpu) that Lethe uses directly, and the conversion of WebGPU
// errors to failures.

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
  /** Prevents Dawn from printing the error. */
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

/** Description, for people, of the device that computes. */
export interface Adapter {
  /** Name, e.g. `nvidia-geforce-rtx-3080 (NVIDIA 535.183)`. */
  readonly name: string;
  /** True for a software renderer on the CPU: correct, but far slower than wasm. */
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

/**
 * Requests a device with the limits of the adapter. WebGPU's default limits suit the weakest devices and reject large
 * tensors.
 */
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
 * Records the first error of a GPU device. A device reports errors such as exhausted memory or a lost device
 * asynchronously, and the results of the failed commands are zeros. The first error therefore fails every pending and
 * later read.
 */
export class DeviceTrouble {
  #error: FailureError | undefined;
  readonly #waiting = new Set<(error: Error) => void>();

  constructor(device: GpuDevice) {
    void device.lost.then(({ reason, message }) => {
      const because = [reason, message].filter((part) => part !== '').join(': ') || 'the driver gave no reason';
      this.#set(failure('gpu-lost', { because }));
    });
    device.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      const { constructor, message } = event.error;
      const isMemory = constructor.name === 'GPUOutOfMemoryError' || /exceeds the max .* (size|limit)/.test(message);
      this.#set(failure(isMemory ? 'gpu-memory' : 'gpu-refused', { because: message }));
    });
  }

  /** Throws the first error of the device, if there was one, as a FailureError. */
  check(): void {
    if (this.#error !== undefined) throw this.#error;
  }

  /**
   * Waits for a result. Rejects with the first error of the device, because the result of a lost device would never
   * arrive.
   */
  async guard<T>(result: () => Promise<T>): Promise<T> {
    this.check();
    const value = await new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      void result()
        .then(resolve, reject)
        .finally(() => this.#waiting.delete(reject));
    }).catch((error: unknown) => {
      this.check(); // the recorded error is more informative than "mapping aborted"
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
