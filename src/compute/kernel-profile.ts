// Profile of a process: number of calls and milliseconds of every kernel of the backend. A CPU backend computes
// synchronously on the calling thread, so the time of a kernel is the time of its computation. The rest of the process
// time is spent in JavaScript. A GPU computes asynchronously, so the time of a kernel is only the time for submitting
// its work. The entry `(wait for the GPU)` is the time spent waiting for results.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';

export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

interface Engine {
  runKernel(name: string, ...rest: unknown[]): unknown;
}
interface GpuBackend {
  runWebGPUProgram?: unknown;
  read(id: object): Promise<unknown>;
}
interface NativeBackend {
  executeSingleOutput?(name: string, ...rest: unknown[]): unknown;
  executeMultipleOutputs?(name: string, ...rest: unknown[]): unknown;
}

export interface KernelWatch {
  /** Times measured so far, slowest kernel first. */
  readonly kernels: () => readonly KernelTime[];
  readonly stop: () => void;
}

/** Starts to measure all kernels of the active backend. */
export function watchKernels(): KernelWatch {
  const times: Times = new Map();
  const engine = tf.engine() as unknown as Engine;
  const native = tf.backend() as unknown as NativeBackend;
  const restore = [watch(engine, 'runKernel', times)];
  // The kernels of the backend tensorflow call operations by name through the two methods below. A call that runKernel
  // makes is counted only as runKernel.
  for (const method of ['executeSingleOutput', 'executeMultipleOutputs'] as const)
    if (native[method]) restore.push(watch(native as Required<NativeBackend>, method, times));
  const gpu = tf.backend() as unknown as GpuBackend;
  if (gpu.runWebGPUProgram) restore.push(watchReads(gpu, times));
  return {
    kernels: () =>
      [...times]
        .map(([kernel, { calls, milliseconds }]) => ({ kernel, calls, milliseconds }))
        .sort((a, b) => b.milliseconds - a.milliseconds),
    stop: () => restore.forEach((undo) => undo()),
  };
}

/**
 * Writes the kernel times of this process to the file `kernels-PID.json` in `folder`, as an array of KernelTime, when
 * the process exits.
 */
export function profileProcess(folder: string): void {
  const { kernels } = watchKernels();
  process.once('exit', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `kernels-${process.pid}.json`), `${JSON.stringify(kernels(), null, 1)}\n`);
  });
}

type Times = Map<string, { calls: number; milliseconds: number }>;

function add(times: Times, kernel: string, milliseconds: number): void {
  const entry = times.get(kernel) ?? { calls: 0, milliseconds: 0 };
  entry.calls += 1;
  entry.milliseconds += milliseconds;
  times.set(kernel, entry);
}

function watchReads(backend: GpuBackend, times: Times): () => void {
  const original = backend.read.bind(backend);
  backend.read = async (id) => {
    const start = performance.now();
    try {
      return await original(id);
    } finally {
      add(times, '(wait for the GPU)', performance.now() - start);
    }
  };
  return () => {
    backend.read = original;
  };
}

let depth = 0;

function watch<K extends string>(target: Record<K, unknown>, method: K, times: Times): () => void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: unknown, ...args: unknown[]): unknown {
    if (depth > 0) return original.apply(this, args);
    depth++;
    const start = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      depth--;
      add(times, args[0] as string, performance.now() - start);
    }
  };
  return () => {
    target[method] = original;
  };
}
