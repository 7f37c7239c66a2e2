// VGG-16 (Simonyan and Zisserman 2015, configuration D) as data, complete or only its first stages. A ReLU follows each
// convolution.
import type { Architecture, LayerPlan } from '../../src/network/zoo/architecture.ts';
import { conv, linear, maxPool, plain } from '../../src/network/zoo/layer-plans.ts';
import { inputSpec } from '../../src/network/zoo/zoo-card.ts';

const STAGES: readonly (readonly number[])[] = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];

/**
 * Returns the first `stages` of the five stages, up to the last ReLU in them. With all five, the layers fc6, fc7 and
 * fc8 (1,000 classes) follow.
 */
export function vgg16(size: number, stages: number = STAGES.length): Architecture {
  const input = inputSpec({ height: size, width: size, channels: 3 });
  const layers: LayerPlan[] = [];
  let last = 'input';
  let from = input.channels;
  const pool = (stage: number): void => {
    layers.push(maxPool(`pool${stage}`, last, 2));
    last = `pool${stage}`;
  };
  STAGES.slice(0, stages).forEach((stage, s) => {
    if (s > 0) pool(s);
    stage.forEach((to, k) => {
      const name = `${s + 1}_${k + 1}`;
      layers.push(conv(`conv${name}`, last, { from, to, size: 3, padding: 1, bias: true }));
      layers.push(plain(`relu${name}`, 'relu', [`conv${name}`]));
      last = `relu${name}`;
      from = to;
    });
  });
  if (stages === STAGES.length) {
    pool(stages);
    layers.push(...head(last, from * Math.floor(size / 2 ** stages) ** 2));
    last = 'fc8';
  }
  return { architecture: 'vgg16', input, layers, output: last, aliases: {} };
}

function head(last: string, features: number): LayerPlan[] {
  return [
    plain('flat', 'flatten', [last]),
    linear('fc6', 'flat', features, 4096),
    plain('relu6', 'relu', ['fc6']),
    linear('fc7', 'relu6', 4096, 4096),
    plain('relu7', 'relu', ['fc7']),
    linear('fc8', 'relu7', 4096, 1000),
  ];
}
