// Networks and taps of the cost tables. The numbers of evaluations are measured only for ResNet-20; the other networks
// are assumed to need as many at layers of the same depth.
import { buildArchitecture } from '../../src/network/zoo/build.ts';
import type { Countable } from './count-flop.ts';
import type { Tap } from './cost-model.ts';
import { EFFORT, MANY_LOGITS } from './cost-model.ts';
import { resnet50 } from './resnet50.ts';
import { vgg16 } from './vgg16.ts';

export interface Study {
  readonly name: string;
  readonly network: Countable;
  readonly taps: readonly Tap[];
}

export const STUDIES: readonly Study[] = [
  {
    name: 'ResNet-20, 32 x 32',
    network: buildArchitecture('resnet20'),
    taps: Object.entries(EFFORT).map(([layer, effort]) => ({ layer, effort })),
  },
  {
    name: 'VGG-16, 224 x 224',
    network: vgg16(224),
    taps: [
      { layer: 'conv1_2', effort: EFFORT.conv1 },
      { layer: 'conv2_2', effort: EFFORT.layer1 },
      { layer: 'conv3_3', effort: EFFORT.layer2 },
      { layer: 'conv4_3', effort: EFFORT.layer3 },
      { layer: 'conv5_3', effort: EFFORT.layer3 },
      { layer: 'fc8', effort: MANY_LOGITS },
    ],
  },
  {
    name: 'ResNet-50, 224 x 224',
    network: resnet50(224),
    taps: [
      { layer: 'conv1', effort: EFFORT.conv1 },
      { layer: 'layer1', effort: EFFORT.layer1 },
      { layer: 'layer2', effort: EFFORT.layer2 },
      { layer: 'layer3', effort: EFFORT.layer3 },
      { layer: 'layer4', effort: EFFORT.layer3 },
      { layer: 'fc', effort: MANY_LOGITS },
    ],
  },
];

/** Assumptions, not measured: 50,000 images, 10 TFLOP/s that a GPU achieves in float32, $2.50 per GPU and hour. */
export const ASSUMED = { images: 50_000, speed: 10e12, price: 2.5 } as const;
