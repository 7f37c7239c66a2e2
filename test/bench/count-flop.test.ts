// Counted operations compared with published numbers: torchvision's parameters and multiply-adds of VGG-16 and
// ResNet-50, and ResNet-20's 41 million.
import { describe, expect, it } from 'vitest';
import { forwardFlop } from '../../bench/cost/count-flop.ts';
import { resnet50 } from '../../bench/cost/resnet50.ts';
import { vgg16 } from '../../bench/cost/vgg16.ts';
import { expectedTensors } from '../../src/network/zoo/architecture.ts';
import type { Architecture } from '../../src/network/zoo/architecture.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';

const RUNNING = /running_(mean|var)$/;

const parameters = (network: Architecture): number =>
  expectedTensors(network)
    .filter(({ tensor }) => !RUNNING.test(tensor))
    .reduce((sum, { shape }) => sum + shape.reduce((product, length) => product * length, 1), 0);

describe('the operations of a network', () => {
  it.each([
    { network: vgg16(224), layer: 'fc8', weights: 138_357_544, multiplyAdds: 15_470_264_320 },
    { network: resnet50(224), layer: 'fc', weights: 25_557_032, multiplyAdds: 4_089_184_256 },
    { network: buildArchitecture('resnet20'), layer: 'fc', weights: 269_722, multiplyAdds: 40_551_040 },
  ])('$network.architecture', ({ network, layer, weights, multiplyAdds }) => {
    expect(parameters(network)).toBe(weights);
    expect(forwardFlop(network, layer)).toBe(2 * multiplyAdds);
  });

  it('are those up to the tap only', () => {
    const network = buildArchitecture('resnet20');
    expect(forwardFlop(network, 'conv1')).toBe(2 * 32 * 32 * 9 * 3 * 16);
    expect(forwardFlop(network, 'layer1') - forwardFlop(network, 'conv1')).toBe(2 * 6 * 32 * 32 * 9 * 16 * 16);
  });
});
