// VGG-16's convolutions (Simonyan and Zisserman 2015, configuration D) up to conv4_3, with a ReLU after each: as data.
import type { Architecture, LayerPlan } from '../../src/network/zoo/architecture.ts';
import { inputSpec } from '../../src/network/zoo/architecture.ts';
import { conv, maxPool, plain } from '../../src/network/zoo/layer-plans.ts';

const STAGES: readonly (readonly number[])[] = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
];

export function vgg16(size: number): Architecture {
  const input = inputSpec({ height: size, width: size });
  const layers: LayerPlan[] = [];
  let last = 'input';
  let from = input.channels;
  STAGES.forEach((stage, s) => {
    if (s > 0) {
      layers.push(maxPool(`pool${s}`, last, 2));
      last = `pool${s}`;
    }
    stage.forEach((to, k) => {
      const name = `${s + 1}_${k + 1}`;
      layers.push(conv(`conv${name}`, last, { from, to, size: 3, padding: 1, bias: true }));
      layers.push(plain(`relu${name}`, 'relu', [`conv${name}`]));
      last = `relu${name}`;
      from = to;
    });
  });
  return { architecture: 'vgg16', input, layers, output: last, aliases: {} };
}
