// A process of its own, started by `lethe doctor` with LETHE_BACKEND set: loads that backend, times it, prints one JSON line.
import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import type { Digest } from './runtime/contracts/artifact.ts';
import type { Network } from './network/network.ts';

/** Images at a time, and how long each number is measured. Plain JavaScript, and a GPU that a processor plays, are so slow that one
 * image tells all. */
const OF_CPU = { batch: 1, convolved: 1, warmUps: 0, seconds: 0.3 };
const OF_SOFTWARE = { batch: 1, convolved: 1, warmUps: 1, seconds: 0.3 };
const USUAL = { batch: 32, convolved: 16, warmUps: 1, seconds: 0.8 };
/** Multiply-adds of the timed convolution of one image, 3x3, 32 -> 32 channels on 32 x 32, counted twice. */
const CONVOLUTION_FLOP = 2 * 32 * 32 * 9 * 32 * 32;

async function measure(): Promise<object> {
  const [tf, { loadBackend }, { compileFeatureMap }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('./compute/backend.ts'),
    import('./network/compile.ts'),
  ]);
  const backend = await loadBackend();
  const size = backend.name === 'cpu' ? OF_CPU : backend.adapter?.software === true ? OF_SOFTWARE : USUAL;
  const x = tf.randomNormal<Rank.R4>([size.convolved, 32, 32, 32], 0, 1, 'float32', 1);
  const filter = tf.randomNormal<Rank.R4>([3, 3, 32, 32], 0, 0.06, 'float32', 2);
  const convolutions = await perSecond(size.convolved, size, () => tf.conv2d(x, filter, 1, 'same'));
  const { network, read } = await randomResnet20();
  const map = await compileFeatureMap(network, read, backend);
  const images = tf.randomNormal<Rank.R4>([size.batch, 32, 32, 3], 0, 1, 'float32', 3);
  const forward = await perSecond(size.batch, size, () => map.forward(images));
  const withPullback = await perSecond(size.batch, size, () => {
    const at = map.linearize(images);
    const dx = at.pullback(at.f);
    at.dispose();
    return dx;
  });
  return {
    version: backend.version,
    ...(backend.adapter && { adapter: backend.adapter.name, software: backend.adapter.software }),
    gflops: (convolutions * CONVOLUTION_FLOP) / 1e9,
    forwardPerSecond: forward,
    vjpPerSecond: withPullback,
  };
}

/** Repetitions of `times` things per second; reading the result back makes the backend finish. */
async function perSecond(
  times: number,
  { warmUps, seconds }: { readonly warmUps: number; readonly seconds: number },
  compute: () => Tensor,
): Promise<number> {
  const once = async (): Promise<void> => {
    const y = compute();
    await y.data();
    y.dispose();
  };
  for (let i = 0; i < warmUps; i++) await once();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < seconds * 1000 || done === 0) {
    await once();
    done += 1;
  }
  return (done * times * 1000) / (performance.now() - start);
}

/** ResNet-20 with random weights: its speed does not depend on what it has learned. */
async function randomResnet20(): Promise<{ network: Network; read: (digest: Digest) => Promise<Uint8Array> }> {
  const [{ buildArchitecture }, { initialise }, { bindWeights }, { tensorBytes }, { foldBatchNorm }] =
    await Promise.all([
      import('./network/zoo/build.ts'),
      import('./network/zoo/initialise.ts'),
      import('./network/zoo/architecture.ts'),
      import('./network/tensor.ts'),
      import('./network/fold.ts'),
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
