// Program of a separate process, which `lethe doctor` starts with LETHE_BACKEND set. It loads that backend, measures
// its speed, and prints one JSON line.
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { Digest } from './runtime/contracts/artifact.ts';
import { FailureError, hasReason } from './runtime/contracts/failure.ts';
import type { Network } from './network/network.ts';

/**
 * Sizes of a measurement: images per batch for the network (`batch`) and for the single convolution (`convolved`), and
 * least duration of the measurement in seconds.
 */
interface Effort {
  readonly batch: number;
  readonly convolved: number;
  readonly seconds: number;
}
const USUAL: Effort = { batch: 32, convolved: 16, seconds: 0.8 };
/** For a backend that takes longer than `SLOW_SECONDS` per image: a batch of one image is accurate enough. */
const SLOW: Effort = { batch: 1, convolved: 1, seconds: 0.3 };
const SLOW_SECONDS = 0.03;
/**
 * Floating-point operations per image of the measured convolution (3x3, 32 -> 32 channels, 32 x 32 pixels). A
 * multiply-add counts as two.
 */
const CONVOLUTION_FLOP = 2 * 32 * 32 * 9 * 32 * 32;

async function measure(): Promise<object> {
  const [tf, { loadBackend }, { compileFeatureMap }] = await Promise.all([
    import('@tensorflow/tfjs-core'),
    import('./compute/backend.ts'),
    import('./network/compile.ts'),
  ]);
  const backend = await loadBackend();
  const { network, read } = await randomResnet20();
  const map = await compileFeatureMap(network, read, backend);
  const noise = (batch: number, channels: number): Tensor4D =>
    tf.randomNormal<Rank.R4>([batch, 32, 32, channels], 0, 1, 'float32', 1);
  const one = noise(1, 3);
  const size = 1 / (await perSecond(1, 0, () => map.forward(one))) > SLOW_SECONDS ? SLOW : USUAL;
  const x = noise(size.convolved, 32);
  const filter = tf.randomNormal<Rank.R4>([3, 3, 32, 32], 0, 0.06, 'float32', 2);
  const convolutions = await perSecond(size.convolved, size.seconds, () => tf.conv2d(x, filter, 1, 'same'));
  const images = noise(size.batch, 3);
  const forward = await perSecond(size.batch, size.seconds, () => map.forward(images));
  const withPullback = await perSecond(size.batch, size.seconds, () => {
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

/**
 * Measures the throughput, in images per second, of `compute`, which processes `times` images per call. `compute` is
 * called once as a warm-up, and then for at least `seconds`. Reading the result waits until the backend has finished.
 */
async function perSecond(times: number, seconds: number, compute: () => Tensor): Promise<number> {
  const once = async (): Promise<void> => {
    const y = compute();
    await y.data();
    y.dispose();
  };
  await once();
  const start = performance.now();
  let done = 0;
  while (performance.now() - start < seconds * 1000 || done === 0) {
    await once();
    done += 1;
  }
  return (done * times * 1000) / (performance.now() - start);
}

/** ResNet-20 with random weights, since the speed does not depend on their values. */
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
  (error: unknown) => process.stdout.write(`${JSON.stringify({ why: reasonOf(error) })}\n`),
);

/** Returns the text of an error. For a `no-backend` failure, this is the reason why the backend did not load. */
function reasonOf(error: unknown): string {
  if (error instanceof FailureError && hasReason(error.failure, 'no-backend'))
    return Object.values(error.failure.data.tried).join('; ');
  return error instanceof Error ? error.message : String(error);
}
