// Functions that create the layers of architectures. Tensors are named `layer.slot`, as in PyTorch state dictionaries.
import type { ExpectedTensor, LayerPlan } from './architecture.ts';

/** Creates a convolution with weight [to, from, size, size], without groups or dilation. */
export function conv(
  name: string,
  input: string,
  options: {
    readonly from: number;
    readonly to: number;
    readonly size: number;
    readonly stride?: number;
    readonly padding?: number;
    readonly bias?: boolean;
  },
): LayerPlan {
  const { from, to, size, stride = 1, padding = 0, bias = false } = options;
  const weight: ExpectedTensor = { tensor: `${name}.weight`, shape: [to, from, size, size] };
  const attributes = {
    stride: [stride, stride],
    padding: [padding, padding, padding, padding],
    dilation: [1, 1],
    groups: 1,
  };
  return {
    name,
    op: 'conv',
    inputs: [input],
    attributes,
    weights: { weight, ...(bias && { bias: { tensor: `${name}.bias`, shape: [to] } }) },
  };
}

export function batchNorm(name: string, input: string, channels: number): LayerPlan {
  const slots = ['weight', 'bias', 'running_mean', 'running_var'];
  const weights = Object.fromEntries(slots.map((slot) => [slot, { tensor: `${name}.${slot}`, shape: [channels] }]));
  return { name, op: 'batch-norm', inputs: [input], attributes: { epsilon: 1e-5 }, weights };
}

/** Creates a linear layer with weight [to, from] and bias [to]. */
export function linear(name: string, input: string, from: number, to: number): LayerPlan {
  const weights = {
    weight: { tensor: `${name}.weight`, shape: [to, from] },
    bias: { tensor: `${name}.bias`, shape: [to] },
  };
  return { name, op: 'linear', inputs: [input], attributes: {}, weights };
}

/**
 * Creates a max pool with windows of size x size pixels, without overlap. Rows and columns that do not fill a window
 * are ignored.
 */
export function maxPool(name: string, input: string, size: number): LayerPlan {
  const attributes = { size: [size, size], stride: [size, size], padding: [0, 0, 0, 0], ceil: false };
  return plain(name, 'max-pool', [input], attributes);
}

/** Creates a layer without weights. */
export function plain(
  name: string,
  op: string,
  inputs: readonly string[],
  attributes: LayerPlan['attributes'] = {},
): LayerPlan {
  return { name, op, inputs, attributes, weights: {} };
}
