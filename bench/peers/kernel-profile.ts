// Where the time of a computation goes: a table of the backend's kernels. Every call is timed where it is made, so on a backend
// that computes when asked (tensorflow, wasm, cpu) the sum is the time in kernels.
import * as tf from '@tensorflow/tfjs-core';

export interface KernelTime {
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
}

export interface KernelProfile {
  readonly kernels: readonly KernelTime[];
  /** Of the whole computation, per run. */
  readonly milliseconds: number;
}

const RUNS = 20;

interface Hooks {
  runKernel(name: string, ...rest: unknown[]): unknown;
}
interface NativeHooks {
  executeSingleOutput?(name: string, ...rest: unknown[]): unknown;
}

/** @param work one run; it is made 3 times to warm up, then `RUNS` times */
export async function kernelProfile(work: () => Promise<void>): Promise<KernelProfile> {
  for (let i = 0; i < 3; i++) await work();
  const times = new Map<string, { calls: number; milliseconds: number }>();
  const restore = [watch(tf.engine() as unknown as Hooks, 'runKernel', times)];
  const native = tf.backend() as unknown as NativeHooks;
  // Operations that the tensorflow kernels call by name; what runKernel calls through them is named twice and counted once.
  if (native.executeSingleOutput) restore.push(watch(native as Required<NativeHooks>, 'executeSingleOutput', times));
  const start = performance.now();
  for (let i = 0; i < RUNS; i++) await work();
  const milliseconds = (performance.now() - start) / RUNS;
  restore.forEach((undo) => undo());
  const kernels = [...times]
    .map(([kernel, { calls, milliseconds: ms }]) => ({ kernel, calls: calls / RUNS, milliseconds: ms / RUNS }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
  return { kernels, milliseconds };
}

let depth = 0;

function watch<K extends string>(
  target: Record<K, unknown>,
  method: K,
  times: Map<string, { calls: number; milliseconds: number }>,
): () => void {
  const original = target[method] as (...args: unknown[]) => unknown;
  target[method] = function (this: unknown, ...args: unknown[]): unknown {
    if (depth > 0) return original.apply(this, args);
    depth++;
    const start = performance.now();
    try {
      return original.apply(this, args);
    } finally {
      depth--;
      const entry = times.get(args[0] as string) ?? { calls: 0, milliseconds: 0 };
      times.set(args[0] as string, {
        calls: entry.calls + 1,
        milliseconds: entry.milliseconds + performance.now() - start,
      });
    }
  };
  return () => {
    target[method] = original;
  };
}
