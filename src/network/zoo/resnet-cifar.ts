// Residual networks for small images: depth 6n + 2, in three stages of n basic blocks (He et al. 2016, "Deep residual
// learning for image recognition", section 4.2), with parameter-free shortcuts (option A).
import type { Static } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Architecture, LayerPlan } from './architecture.ts';
import { batchNorm, conv, linear, plain } from './layer-plans.ts';
import { defineArchitecture, doublingFilters, imageOptions, inputSpec } from './zoo-card.ts';

const DEEPEST = 1202;

const params = Type.Object({
  ...imageOptions,
  filters: doublingFilters,
});

export const resnetCifar = defineArchitecture({
  name: 'resnet-cifar',
  doc: 'Residual networks for small images: resnet8, resnet14, resnet20, ... (any depth 6n + 2). Layers conv1, layer1.0.conv1, ..., linear; short names stem, layer1, layer2, layer3, pool, fc.',
  names: ['resnet8', 'resnet14', 'resnet20', 'resnet32', 'resnet44', 'resnet56', 'resnet110'],
  more: { pattern: /^resnet\d{1,4}$/u, doc: 'resnet<depth> for any depth 6n + 2' },
  params,
  build(name, options) {
    const depth = Number(name.slice('resnet'.length));
    const blocks = (depth - 2) / 6;
    return Number.isInteger(blocks) && depth >= 8 && depth <= DEEPEST
      ? buildResnet(name, blocks, options)
      : refuseDepth(name, depth);
  },
});

function refuseDepth(architecture: string, depth: number): never {
  const blocks = (depth - 2) / 6;
  const near = [Math.floor(blocks), Math.ceil(blocks)].map((n) => `resnet${Math.min(DEEPEST, 6 * Math.max(1, n) + 2)}`);
  const allowed = `depths 6n + 2: 8, 14, 20, 26, 32, 38, 44, ..., ${DEEPEST}`;
  const family = { name: 'CIFAR ResNet', wanted: `depth ${depth}`, allowed };
  return fail(failure('unknown-architecture', { architecture, near: [...new Set(near)], known: [], family }));
}

function buildResnet(name: string, blocks: number, options: Static<typeof params>): Architecture {
  const input = inputSpec(options);
  const { filters } = options;
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
  layers.push(plain('pool', 'global-avg-pool', [last]), linear('linear', 'pool', from, options.classes));
  return {
    architecture: name,
    input,
    layers,
    output: 'linear',
    aliases: { ...aliases, fc: 'linear', logits: 'linear' },
  };
}

/**
 * Creates a basic block: relu(bn(conv(relu(bn(conv x)))) + shortcut x). If the number of channels changes, the first
 * convolution and the shortcut have stride 2. Otherwise the shortcut is the identity.
 */
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
