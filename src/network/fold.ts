// Folds batch-norms into the layers before them. A batch-norm with fixed statistics is an affine map of each channel,
// so it can be merged into a linear map before it. A batch-norm is folded only if no other layer reads the output of
// the linear map, so that folding changes the outputs of the network only by rounding. The merged weights are computed
// in float64 and rounded to float32.
import type { Layer, Network, TensorRef } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import { attributesOf } from './operators/operator-card.ts';
import { readTensor, tensorBytes } from './tensor.ts';
import type { TensorBlobs } from './tensor.ts';

/**
 * A batch-norm that was folded into the layer `into`. The merged layer has the name of the batch-norm, because both
 * have the same output.
 */
export interface Folding {
  readonly batchNorm: string;
  readonly into: string;
}

/** A batch-norm that was not folded, with the reason. */
export interface NotFolded {
  readonly batchNorm: string;
  readonly reason: string;
}

export interface FoldedNetwork {
  readonly network: Network;
  readonly folded: readonly Folding[];
  readonly kept: readonly NotFolded[];
}

/**
 * Folds every batch-norm of the network that can be folded. The outputs of all remaining layers change only by
 * rounding.
 */
export async function foldBatchNorm(network: Network, blobs: TensorBlobs): Promise<FoldedNetwork> {
  const norms = network.layers.filter((layer) => layer.op === 'batch-norm');
  // in parallel, because a store writes many blobs in about the time of one
  const decisions = await Promise.all(norms.map((norm) => decide(network, norm, blobs)));
  const folded = decisions.filter((decision) => 'merged' in decision);
  const gone = new Set(folded.map(({ into }) => into));
  const merged = new Map(folded.map((decision) => [decision.batchNorm, decision.merged]));
  const layers = network.layers
    .filter((layer) => !gone.has(layer.name))
    .map((layer) => merged.get(layer.name) ?? layer);
  const aliases = Object.fromEntries(Object.entries(network.aliases).filter(([, name]) => !gone.has(name)));
  return {
    network: { ...network, layers, aliases },
    folded: folded.map(({ batchNorm, into }) => ({ batchNorm, into })),
    kept: decisions.filter((decision) => 'reason' in decision),
  };
}

async function decide(
  network: Network,
  norm: Layer,
  blobs: TensorBlobs,
): Promise<(Folding & { readonly merged: Layer }) | NotFolded> {
  const batchNorm = norm.name;
  const target = foldingTarget(network, norm);
  if (typeof target === 'string') return { batchNorm, reason: target };
  const merged = await mergeLayers(target, norm, blobs);
  return merged
    ? { batchNorm, into: target.name, merged }
    : { batchNorm, reason: 'the folded weights would not be finite' };
}

/** Returns the layer into which a batch-norm can be folded, or the reason why there is no such layer. */
function foldingTarget(network: Network, batchNorm: Layer): Layer | string {
  const before = network.layers.find((layer) => layer.name === batchNorm.inputs[0]);
  if (!before) return 'it reads the input of the network';
  // mergeLayers scales along the first axis of the weight, so the first axis must be the output channels.
  if (findOperator(before.op)?.weights['weight']?.stored[0] !== 'out')
    return `it follows ${before.name}, which has the operator ${before.op}`;
  if (network.output === before.name) return `${before.name} is the network's output`;
  const readers = network.layers.filter((layer) => layer.inputs.includes(before.name));
  if (readers.length > 1)
    return `${before.name} is also read by ${readers
      .filter((layer) => layer !== batchNorm)
      .map((layer) => layer.name)
      .join(', ')}`;
  return before;
}

/**
 * Returns the merged layer: W' = W * s, b' = (b - mean) * s + beta with s = gamma / sqrt(var + epsilon), per output
 * channel (the first axis of W). Returns undefined if a value exceeds the range of float32.
 */
async function mergeLayers(target: Layer, batchNorm: Layer, blobs: TensorBlobs): Promise<Layer | undefined> {
  const load = async (ref: TensorRef | undefined): Promise<Float32Array | undefined> =>
    ref ? (await readTensor(ref, blobs.read)).data : undefined;
  const weightRef = target.weights['weight'] as TensorRef;
  const weight = (await load(weightRef)) as Float32Array;
  const bias = await load(target.weights['bias']);
  const mean = (await load(batchNorm.weights['running_mean'])) as Float32Array;
  const variance = (await load(batchNorm.weights['running_var'])) as Float32Array;
  const gamma = await load(batchNorm.weights['weight']);
  const beta = await load(batchNorm.weights['bias']);
  const epsilon = attributesOf(findOperator(batchNorm.op)!, batchNorm)['epsilon'] as number;
  const channels = mean.length;
  const newWeight = new Float32Array(weight.length);
  const newBias = new Float32Array(channels);
  const perChannel = weight.length / channels;
  for (let c = 0; c < channels; c++) {
    const scale = (gamma?.[c] ?? 1) / Math.sqrt((variance[c] as number) + epsilon);
    for (let i = c * perChannel; i < (c + 1) * perChannel; i++) newWeight[i] = (weight[i] as number) * scale;
    newBias[c] = ((bias?.[c] ?? 0) - (mean[c] as number)) * scale + (beta?.[c] ?? 0);
  }
  if (!newWeight.every(Number.isFinite) || !newBias.every(Number.isFinite)) return undefined;
  const weights = {
    weight: { digest: await blobs.write(tensorBytes(newWeight)), shape: weightRef.shape },
    bias: { digest: await blobs.write(tensorBytes(newBias)), shape: [channels] },
  };
  return { name: batchNorm.name, op: target.op, inputs: target.inputs, attributes: target.attributes, weights };
}
