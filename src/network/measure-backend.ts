// A process of its own, started by `lethe doctor` with LETHE_BACKEND set: loads that backend, times it, prints one JSON line.
import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import type { Digest } from '../runtime/artifact.ts';
import type { Network } from './network.ts';

const BATCH = 32;
const SECONDS = 1.5;
/** Multiply-adds of the timed convolution, 3x3, 32 -> 32 channels on 16 x 32 x 32, counted twice. */
const CONVOLUTION_FLOP = 2 * 16 * 32 * 32 * 9 * 32 * 32;

async function measure(): Promise<object> {
  const [tf, { loadBackend }, { compileFeatureMap }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('../compute/backend.ts'),
    import('./compile.ts'),
  ]);
  const backend = await loadBackend();
  const x = tf.randomNormal<Rank.R4>([16, 32, 32, 32], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<Rank.R4>([3, 3, 32, 32], 0, 0.06, 'float32', 2);
  const convolutions = await perSecond(1, () => tf.conv2d(x, filter, 1, 'same'));
  const { network, read } = await randomResnet20();
  const map = await compileFeatureMap(network, read, backend);
  const images = tf.randomNormal<Rank.R4>([BATCH, 32, 32, 3], 0, 1, 'float32', 3);
  const forward = await perSecond(BATCH, () => map.forward(images));
  const withPullback = await perSecond(BATCH, () => {
    const at = map.linearize(images);
    const dx = at.pullback(at.f);
    at.dispose();
    return dx;
  });
  return {
    version: backend.version,
    gflops: (convolutions * CONVOLUTION_FLOP) / 1e9,
    forwardPerSecond: forward,
    vjpPerSecond: withPullback,
  };
}

/** Repetitions of `times` things per second; reading the result back makes the backend finish. */
async function perSecond(times: number, compute: () => Tensor): Promise<number> {
  const once = async (): Promise<void> => {
    const y = compute();
    await y.data();
    y.dispose();
  };
  await once();
  await once();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < SECONDS * 1000 || done < 2) {
    await once();
    done += 1;
  }
  return (done * times * 1000) / (performance.now() - start);
}

/** ResNet-20 with random weights: its speed does not depend on what it has learned. */
async function randomResnet20(): Promise<{ network: Network; read: (digest: Digest) => Promise<Uint8Array> }> {
  const [{ buildArchitecture }, { initialise }, { bindWeights }, { tensorBytes }, { foldBatchNorm }] =
    await Promise.all([
      import('./zoo/index.ts'),
      import('./zoo/initialise.ts'),
      import('./zoo/architecture.ts'),
      import('./tensor.ts'),
      import('./fold.ts'),
    ]);
  const architecture = buildArchitecture('resnet20');
  const blobs = new Map<string, Uint8Array>();
  const write = (bytes: Uint8Array): Promise<Digest> => {
    const name = `blob-${blobs.size}` as Digest;
    blobs.set(name, bytes);
    return Promise.resolve(name);
  };
  const read = (digest: Digest): Promise<Uint8Array> => {
    const bytes = blobs.get(digest);
    return bytes === undefined ? Promise.reject(new Error(`no blob ${digest}`)) : Promise.resolve(bytes);
  };
  const digests = new Map<string, Digest>();
  for (const [name, tensor] of initialise(architecture, 'doctor'))
    digests.set(name, await write(tensorBytes(tensor.data)));
  const { network } = await foldBatchNorm(bindWeights(architecture, digests), { read, write });
  return { network, read };
}

measure().then(
  (report) => process.stdout.write(`${JSON.stringify(report)}\n`),
  (error: unknown) => {
    process.stdout.write(`${JSON.stringify({ why: error instanceof Error ? error.message : String(error) })}\n`);
  },
);
