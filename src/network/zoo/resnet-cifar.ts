// Residual networks for small images: depth 6n + 2 in three stages of n basic blocks (He et al. 2016, "Deep residual learning for
// image recognition", section 4.2), shortcuts without parameters (option A).
import { fail } from '../../runtime/contracts/failure.ts';
import type { Architecture, ArchitectureOptions, LayerPlan, ZooCard } from './architecture.ts';
import { architectureOptions, inputSpec } from './architecture.ts';
import { batchNorm, conv, linear, plain } from './layer-plans.ts';

export const resnetCifar: ZooCard = Object.freeze({
  name: 'resnet-cifar',
  doc: 'Residual networks for small images: resnet8, resnet14, resnet20, ... (any depth 6n + 2). Layers conv1, layer1.0.conv1, ..., linear; short names stem, layer1, layer2, layer3, pool, fc.',
  names: ['resnet8', 'resnet14', 'resnet20', 'resnet32', 'resnet44', 'resnet56', 'resnet110'],
  params: architectureOptions,
  build(name: string, options: ArchitectureOptions): Architecture | undefined {
    const depth = Number(/^resnet(\d{1,4})$/u.exec(name)?.[1]);
    if (Number.isNaN(depth)) return undefined;
    if (depth < 8 || (depth - 2) % 6 !== 0 || depth > 1202) {
      const near = [Math.max(1, Math.floor((depth - 2) / 6)), Math.max(1, Math.ceil((depth - 2) / 6))].map(
        (n) => `resnet${Math.min(1202, 6 * n + 2)}`,
      );
      fail({
        reason: 'unknown-architecture',
        headline: `there is no CIFAR ResNet of depth ${depth}`,
        values: { architecture: name, allowed: 'depths 6n + 2: 8, 14, 20, 26, 32, 38, 44, ..., 1202' },
        help: `Use ${[...new Set(near)].join(' or ')}.`,
      });
    }
    return buildResnet(name, (depth - 2) / 6, options);
  },
});

function buildResnet(name: string, blocks: number, options: ArchitectureOptions): Architecture {
  const input = inputSpec(options);
  const filters = options.filters ?? 16;
  const layers: LayerPlan[] = [
    conv('conv1', 'input', { from: input.channels, to: filters, size: 3, padding: 1 }),
    batchNorm('bn1', 'conv1', filters),
    plain('relu1', 'relu', ['bn1']),
  ];
  const aliases: Record<string, string> = { stem: 'relu1' };
  let last = 'relu1';
  let from = filters;
  for (let stage = 1; stage <= 3; stage++) {
    const to = filters * 2 ** (stage - 1);
    for (let block = 0; block < blocks; block++) {
      const prefix = `layer${stage}.${block}`;
      layers.push(...basicBlock(prefix, last, from, to));
      last = `${prefix}.relu2`;
      from = to;
      aliases[prefix] = last;
    }
    aliases[`layer${stage}`] = last;
  }
  layers.push(plain('pool', 'global-avg-pool', [last]), linear('linear', 'pool', from, options.classes ?? 10));
  return {
    architecture: name,
    input,
    layers,
    output: 'linear',
    aliases: { ...aliases, fc: 'linear', logits: 'linear' },
  };
}

/** relu(bn(conv(relu(bn(conv x)))) + shortcut x); where the channels change, the first convolution and the shortcut have stride 2. */
function basicBlock(prefix: string, input: string, from: number, to: number): LayerPlan[] {
  const at = (part: string): string => `${prefix}.${part}`;
  const changes = from !== to;
  return [
    conv(at('conv1'), input, { from, to, size: 3, stride: changes ? 2 : 1, padding: 1 }),
    batchNorm(at('bn1'), at('conv1'), to),
    plain(at('relu1'), 'relu', [at('bn1')]),
    conv(at('conv2'), at('relu1'), { from: to, to, size: 3, padding: 1 }),
    batchNorm(at('bn2'), at('conv2'), to),
    ...(changes ? [plain(at('shortcut'), 'shortcut-a', [input], { stride: 2, channels: to })] : []),
    plain(at('add'), 'add', [at('bn2'), changes ? at('shortcut') : input]),
    plain(at('relu2'), 'relu', [at('add')]),
  ];
}
