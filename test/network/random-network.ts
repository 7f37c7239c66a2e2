// Random small networks for property tests: a chain of convolutions, batch-norms, ReLUs, additions and concatenations
// over a pool of earlier layers, so that some convolutions have several readers.
import { Random } from '../../src/math/random.ts';
import type { Layer, Network, TensorRef } from '../../src/network/network.ts';
import { tensorBytes } from '../../src/network/tensor.ts';
import type { TensorBlobs } from '../../src/network/tensor.ts';

export async function randomNetwork(seed: string, size: number, blobs: TensorBlobs): Promise<Network> {
  const random = new Random(seed);
  const layers: Layer[] = [];
  const channels = new Map([['input', 2]]);
  const tensor = async (shape: number[], make: () => number): Promise<TensorRef> => ({
    digest: await blobs.write(tensorBytes(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, make))),
    shape,
  });
  const pick = (names: readonly string[]): string => names[random.below(names.length)] as string;
  const add = (layer: Layer, count: number): void => {
    layers.push(layer);
    channels.set(layer.name, count);
  };
  for (let i = 0; i < size; i++) {
    const recent = [...channels.keys()].slice(-3);
    const before = layers.at(-1);
    const normalise = before?.op === 'conv' && random.below(3) > 0; // frequent, because the tests are about folding
    const input = normalise ? before.name : pick(recent);
    const c = channels.get(input) as number;
    const kind = normalise ? 'batch-norm' : pick(['conv', 'conv', 'batch-norm', 'batch-norm', 'relu', 'add', 'concat']);
    const name = `${kind}${i}`;
    const partners = [...channels].filter(([, count]) => count === c).map(([other]) => other);
    if (kind === 'conv') {
      const out = 1 + random.below(4);
      const weights = {
        weight: await tensor([out, c, 3, 3], () => random.normal() / 3),
        ...(random.below(2) && { bias: await tensor([out], () => random.normal()) }),
      };
      add(
        {
          name,
          op: kind,
          inputs: [input],
          attributes: { stride: [1, 1], padding: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
          weights,
        },
        out,
      );
    } else if (kind === 'batch-norm') {
      const weights = {
        ...(random.below(4) && {
          weight: await tensor([c], () => random.normal()),
          bias: await tensor([c], () => random.normal()),
        }),
        running_mean: await tensor([c], () => random.normal()),
        running_var: await tensor([c], () => random.uniform() + 0.05),
      };
      add({ name, op: kind, inputs: [input], attributes: { epsilon: 1e-5 }, weights }, c);
    } else if (kind === 'relu') add({ name, op: kind, inputs: [input], attributes: {}, weights: {} }, c);
    else if (kind === 'add') add({ name, op: kind, inputs: [input, pick(partners)], attributes: {}, weights: {} }, c);
    else add({ name, op: kind, inputs: [input, pick(recent)], attributes: {}, weights: {} }, 0);
    const last = layers.at(-1) as Layer;
    if (kind === 'concat')
      channels.set(
        name,
        last.inputs.reduce((sum, from) => sum + (channels.get(from) as number), 0),
      );
  }
  const input = { height: 4, width: 5, channels: 2, scale: 1, mean: [0, 0], std: [1, 1] };
  return {
    architecture: 'random',
    input,
    layers,
    output: (layers.at(-1) as Layer).name,
    aliases: { last: (layers.at(-1) as Layer).name },
  };
}
