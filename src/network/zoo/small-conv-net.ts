// A small network for small images: three 3x3 convolutions, each followed by optional batch-norm, ReLU and 2x2 max
// pooling, then one linear layer. It trains in seconds. Without batch-norm, the network has nothing to fold and no
// running statistics.
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { LayerPlan } from './architecture.ts';
import { batchNorm, conv, linear, maxPool, plain } from './layer-plans.ts';
import { defineArchitecture, doublingFilters, imageOptions, inputSpec } from './zoo-card.ts';

const STAGES = 3;

export const smallConvNet = defineArchitecture({
  name: 'small-conv-net',
  doc: 'small-conv: three convolutions (conv1..conv3, channels doubling), each with batch-norm, ReLU and 2x2 max pooling (pool1..pool3), then a linear layer (fc). For images of at least 8 x 8.',
  names: ['small-conv'],
  params: Type.Object({
    ...imageOptions,
    filters: doublingFilters,
    batch_norm: Type.Boolean({ default: true, description: 'Batch-norm after every convolution; without it, a bias.' }),
  }),
  build(name, options) {
    const input = inputSpec(options);
    const smallest = Math.min(input.height, input.width);
    const { height, width } = input;
    if (smallest < 2 ** STAGES)
      fail(failure('images-too-small', { architecture: name, height, width, smallest: 2 ** STAGES }));
    const layers: LayerPlan[] = [];
    let from = input.channels;
    let last = 'input';
    for (let stage = 1; stage <= STAGES; stage++) {
      const to = options.filters * 2 ** (stage - 1);
      layers.push(...convStage(stage, last, from, to, options.batch_norm));
      [from, last] = [to, `pool${stage}`];
    }
    const features = from * Math.floor(input.height / 2 ** STAGES) * Math.floor(input.width / 2 ** STAGES);
    layers.push(plain('flatten', 'flatten', [last]), linear('fc', 'flatten', features, options.classes));
    return { architecture: name, input, layers, output: 'fc', aliases: { logits: 'fc' } };
  },
});

/**
 * Creates one stage: convolution, batch-norm if `normalised`, ReLU and max pool. Without batch-norm, the convolution
 * has a bias.
 */
function convStage(stage: number, input: string, from: number, to: number, normalised: boolean): LayerPlan[] {
  const [convName, bnName, reluName] = [`conv${stage}`, `bn${stage}`, `relu${stage}`];
  return [
    conv(convName, input, { from, to, size: 3, padding: 1, bias: !normalised }),
    ...(normalised ? [batchNorm(bnName, convName, to)] : []),
    plain(reluName, 'relu', [normalised ? bnName : convName]),
    maxPool(`pool${stage}`, reluName, 2),
  ];
}
