// Process that computes with Lethe in a race. It answers each JSON line on stdin with a JSON line on stdout, as
// player.py does for PyTorch.
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs-core';
import { loadBackend } from '../../src/compute/backend.ts';
import { compileFeatureMap } from '../../src/network/compile.ts';
import type { FeatureMap } from '../../src/math/feature-map.ts';
import { gapBetween } from '../../test/math/gap-between.ts';
import { openProblem } from '../../src/math/noised-batch.ts';
import { createSigmaGrid, pixelMap } from '../../src/math/sigma-grid.ts';
import { measureSid } from '../../src/math/sid.ts';
import { openNetwork, readImages } from './open-network.ts';
import { watchKernels } from '../../src/compute/kernel-profile.ts';
import type { KernelProfile } from '../print-profile.ts';
import { Learner } from './lethe-training.ts';
import type { Request } from './player.ts';

interface Opened {
  readonly map: FeatureMap;
  readonly x: tf.Tensor4D;
  readonly u: tf.Tensor;
}

let opened: Opened | undefined;
let learner: Learner | undefined;

const answers: Readonly<Record<string, (request: Request) => Promise<object>>> = {
  async open(request) {
    const backend = await loadBackend();
    const { network, blobs } = await openNetwork(request['plan'] as string, request['weights'] as string);
    const batch = request['batch'] as number;
    const x = tf.tensor4d(readImages(request['images'] as string, network.input, batch), [
      batch,
      ...([network.input.height, network.input.width, network.input.channels] as const),
    ]);
    if (request['training'] === true) {
      learner = await Learner.open(network, blobs.read, backend, x, request['labels'] as number[]);
    } else {
      const map = await compileFeatureMap(await blobs.fold(network), blobs.read, backend);
      opened = { map, x, u: map.forward(x) };
    }
    return { version: backend.version, resident: peak() };
  },
  forward: (request) => timed(request, async () => finish(it().map.forward(it().x))),
  vjp: (request) => timed(request, async () => finish(pullback(it()))),
  train: async (request) => ({ ...(await timed(request, () => learner!.step())), losses: learner!.losses.slice(0, 4) }),
  async check() {
    const dx = pullback(it());
    const answer = { features: await summary(it().u), gradient: await summary(dx) };
    dx.dispose();
    return answer;
  },
  async profile() {
    return kernelProfile(async () => finish(pullback(it())));
  },
  async sid(request) {
    const { map, x } = it();
    const image = await imageOf(x, request['image'] as number);
    const grid = createSigmaGrid(map.inputShape, { grid: request['grid'] as string, channels: 'shared' });
    const start = performance.now();
    const sid = await measureSid(map, image, {
      method: 'hybrid',
      alpha: request['alpha'] as number,
      deltaF2: { value: request['delta_f2'] as number, error: 0 },
      grid,
      tolerance: request['tolerance'] as number,
      cap: 1,
      maxSamples: 8192,
      batch: 32,
      seed: `race/${String(request['image'])}`,
    });
    return { ...sid, seconds: (performance.now() - start) / 1000, logSigma: Array.from(pixelMap(grid, sid.logSigma)) };
  },
  async gap(request) {
    const { map, x } = it();
    const grid = createSigmaGrid(map.inputShape, { grid: 'pixel', channels: 'shared' });
    const problem = await openProblem(map, await imageOf(x, request['image'] as number), grid);
    const [here, there] = [request['log_sigma'], request['reference']].map((z) => Float64Array.from(z as number[]));
    const answer = await gapBetween(problem, here!, there!, request['samples'] as number);
    problem.close();
    return answer;
  },
  memory: () => Promise.resolve({ peak: peak() }),
};

async function imageOf(x: tf.Tensor4D, index: number): Promise<Float32Array> {
  const size = x.size / x.shape[0];
  return ((await x.data()) as Float32Array).slice(index * size, (index + 1) * size);
}

function it(): Opened {
  if (opened === undefined) throw new Error('nothing is open');
  return opened;
}

function pullback({ map, x, u }: Opened): tf.Tensor {
  const at = map.linearize(x);
  const dx = at.pullback(u);
  at.dispose();
  return dx;
}

/** Waits until the backend has finished, by reading the result, and disposes of the result. */
async function finish(y: tf.Tensor): Promise<void> {
  await y.data();
  y.dispose();
}

async function timed(request: Request, once: () => Promise<void>): Promise<{ seconds: number }> {
  const start = performance.now();
  for (let i = 0; i < (request['times'] as number); i++) await once();
  return { seconds: (performance.now() - start) / 1000 };
}

async function summary(values: tf.Tensor): Promise<{ norm: number; first: number[] }> {
  const data = (await values.data()) as Float32Array;
  return { norm: Math.sqrt(data.reduce((sum, v) => sum + v * v, 0)), first: Array.from(data.slice(0, 500)) };
}

const PROFILED = 20;

/**
 * Measures the times of the kernels, per execution of `work`.
 * @param work executed 3 times as a warm-up, and then `PROFILED` times
 */
async function kernelProfile(work: () => Promise<void>): Promise<KernelProfile> {
  for (let i = 0; i < 3; i++) await work();
  const { kernels, stop } = watchKernels();
  const start = performance.now();
  for (let i = 0; i < PROFILED; i++) await work();
  const milliseconds = (performance.now() - start) / PROFILED;
  stop();
  const perRun = kernels().map((one) => ({
    ...one,
    calls: one.calls / PROFILED,
    milliseconds: one.milliseconds / PROFILED,
  }));
  return { kernels: perRun, milliseconds };
}

function peak(): number {
  return process.resourceUsage().maxRSS * 1024;
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as Request;
  process.stdout.write(`${JSON.stringify(await answers[request.do]!(request))}\n`);
}
