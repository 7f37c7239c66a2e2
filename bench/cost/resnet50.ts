// ResNet-50 (He et al. 2016) for 1,000 classes, as data, to count its operations. The stride of a block is in its 3x3
// convolution.
import type { Architecture, LayerPlan } from '../../src/network/zoo/architecture.ts';
import { batchNorm, conv, linear, plain } from '../../src/network/zoo/layer-plans.ts';
import { inputSpec } from '../../src/network/zoo/zoo-card.ts';

const STAGES = [
  { blocks: 3, width: 64 },
  { blocks: 4, width: 128 },
  { blocks: 6, width: 256 },
  { blocks: 3, width: 512 },
] as const;
/** Ratio of the output channels of a block to its width. */
const EXPANSION = 4;

export function resnet50(size: number): Architecture {
  const input = inputSpec({ height: size, width: size, channels: 3 });
  const pool = { size: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1], ceil: false };
  const layers: LayerPlan[] = [
    conv('conv1', 'input', { from: input.channels, to: 64, size: 7, stride: 2, padding: 3 }),
    batchNorm('bn1', 'conv1', 64),
    plain('relu1', 'relu', ['bn1']),
    plain('maxpool', 'max-pool', ['relu1'], pool),
  ];
  const aliases: Record<string, string> = {};
  let last = 'maxpool';
  let from = 64;
  STAGES.forEach(({ blocks, width }, stage) => {
    for (let block = 0; block < blocks; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      layers.push(...bottleneck(`layer${stage + 1}.${block}`, last, { from, width, stride }));
      last = `layer${stage + 1}.${block}.relu`;
      from = width * EXPANSION;
    }
    aliases[`layer${stage + 1}`] = last;
  });
  layers.push(plain('pool', 'global-avg-pool', [last]), linear('fc', 'pool', from, 1000));
  return { architecture: 'resnet50', input, layers, output: 'fc', aliases };
}

function bottleneck(
  name: string,
  input: string,
  { from, width, stride }: { readonly from: number; readonly width: number; readonly stride: number },
): LayerPlan[] {
  const at = (part: string): string => `${name}.${part}`;
  const to = width * EXPANSION;
  const projects = from !== to;
  return [
    conv(at('conv1'), input, { from, to: width, size: 1 }),
    batchNorm(at('bn1'), at('conv1'), width),
    plain(at('relu1'), 'relu', [at('bn1')]),
    conv(at('conv2'), at('relu1'), { from: width, to: width, size: 3, stride, padding: 1 }),
    batchNorm(at('bn2'), at('conv2'), width),
    plain(at('relu2'), 'relu', [at('bn2')]),
    conv(at('conv3'), at('relu2'), { from: width, to, size: 1 }),
    batchNorm(at('bn3'), at('conv3'), to),
    ...(projects
      ? [conv(at('downsample'), input, { from, to, size: 1, stride }), batchNorm(at('bn4'), at('downsample'), to)]
      : []),
    plain(at('add'), 'add', [at('bn3'), projects ? at('bn4') : input]),
    plain(at('relu'), 'relu', [at('add')]),
  ];
}
