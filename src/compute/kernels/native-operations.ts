// TensorFlow's operations by name, through the tfjs-node backend: those that tfjs-node does not expose, or exposes in pieces.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorflowBinding } from '../load-tensorflow.ts';
import type { ForwardConv } from './forward.ts';
import type { Pair } from './geometry.ts';

interface Attribute {
  readonly name: string;
  readonly type: unknown;
  readonly value: unknown;
}

/** The part of tfjs-node's backend that runs any operation of TensorFlow. */
interface NativeBackend {
  readonly isUsingGpuDevice: boolean;
  executeSingleOutput(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
}

/** Convolution and bias in one pass over the output, which on the processor saves a tenth of a forward pass. */
const CONV_WITH_BIAS = '_MklNativeConv2DWithBias';

export interface NativeOperations {
  readonly conv: ForwardConv;
  /** Adds a bias, rectifies; takes over `x`. */
  finish(x: Tensor, bias?: Tensor1D, relu?: boolean): Tensor;
  /** Of equal shapes. */
  add(a: Tensor, b: Tensor, relu?: boolean): Tensor;
  reluGradient(dy: Tensor, y: Tensor): Tensor;
  /** dy at every `stride`-th row and column, zeros between: the gradient of a pool of single pixels. */
  spread(dy: Tensor4D, stride: Pair, size: Pair): Tensor4D;
  convInputGradient(size: Tensor1D, filter: Tensor4D, dy: Tensor4D, stride: Pair): Tensor4D;
  convFilterGradient(x: Tensor4D, size: Tensor1D, dy: Tensor4D, stride: Pair, padding: 'SAME' | 'VALID'): Tensor4D;
}

export function nativeOperations(binding: TensorflowBinding): NativeOperations {
  const { type, integers, text, windows, pixels } = attributesOf(binding);
  const run: Run = (operation, attributes, inputs) =>
    (tf.backend() as unknown as NativeBackend).executeSingleOutput(operation, [type, ...attributes], inputs) as never;
  const format = text('data_format', 'NHWC');
  const oneDnn = text('_kernel', 'MklNameChangeOp'); // how TensorFlow itself asks for oneDNN's kernels
  const finish = (x: Tensor, bias?: Tensor1D, relu?: boolean): Tensor => {
    let y = x;
    const replace = (next: Tensor): void => {
      y.dispose();
      y = next;
    };
    if (bias !== undefined) replace(run('BiasAdd', [format], [y, bias]));
    if (relu === true) replace(run('Relu', [], [y]));
    return y;
  };
  let addsBias: boolean | undefined;
  const canAddBias = (): boolean =>
    works(() => run(CONV_WITH_BIAS, [oneDnn, ...windows([1, 1], [text('padding', 'VALID')])], ones(4, 4, 1)));
  return {
    finish,
    conv(x, filter, { stride, padding, dilation }, bias, relu) {
      const borders = padding.every((border) => border === 0)
        ? [text('padding', 'VALID')]
        : [text('padding', 'EXPLICIT'), integers('explicit_paddings', [0, 0, ...padding, 0, 0])];
      const window = windows(stride, borders, dilation);
      if (bias === undefined || !(addsBias ??= canAddBias()))
        return finish(run('Conv2D', window, [x, filter]), bias, relu) as Tensor4D;
      return finish(run(CONV_WITH_BIAS, [oneDnn, ...window], [x, filter, bias]), undefined, relu) as Tensor4D;
    },
    add: (a, b, relu) => finish(run('AddV2', [], [a, b]), undefined, relu),
    reluGradient: (dy, y) => run('ReluGrad', [], [dy, y]),
    spread(dy, stride, [height, width]) {
      const [batch, , , channels] = dy.shape;
      const shape = tf.tensor1d([batch, height, width, channels], 'int32');
      const dx = run<Tensor4D>('AvgPoolGrad', pixels(stride), [shape, dy]);
      shape.dispose();
      return dx;
    },
    convInputGradient: (size, filter, dy, stride) =>
      run('Conv2DBackpropInput', windows(stride, [text('padding', 'VALID')]), [size, filter, dy]),
    convFilterGradient: (x, size, dy, stride, padding) =>
      run('Conv2DBackpropFilter', windows(stride, [text('padding', padding)]), [x, size, dy]),
  };
}

type Run = <T extends Tensor>(operation: string, attributes: readonly Attribute[], inputs: readonly Tensor[]) => T;

function attributesOf(binding: TensorflowBinding) {
  const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT } = binding;
  const integers = (name: string, value: readonly number[]): Attribute => ({ name, type: TF_ATTR_INT, value });
  const text = (name: string, value: string): Attribute => ({ name, type: TF_ATTR_STRING, value });
  const windows = (stride: Pair, padding: readonly Attribute[], dilation: Pair = [1, 1]): Attribute[] => [
    integers('strides', [1, ...stride, 1]),
    ...padding,
    text('data_format', 'NHWC'),
    { name: 'use_cudnn_on_gpu', type: TF_ATTR_BOOL, value: true },
    integers('dilations', [1, ...dilation, 1]),
  ];
  return {
    type: { name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT },
    integers,
    text,
    windows,
    /** A pool of single pixels. */
    pixels: (stride: Pair): Attribute[] => [
      integers('ksize', [1, 1, 1, 1]),
      integers('strides', [1, ...stride, 1]),
      text('padding', 'VALID'),
      text('data_format', 'NHWC'),
    ],
  };
}

/** Whether the active backend, TensorFlow's, computes on a GPU. */
export function isOnGpu(): boolean {
  return (tf.backend() as unknown as NativeBackend).isUsingGpuDevice;
}

/** Whether an operation of oneDNN's is there and right: on ones it gives two. On a GPU it would not run where the tensors are. */
function works(onOnes: () => Tensor): boolean {
  if (isOnGpu()) return false;
  return tf.tidy(() => {
    try {
      return onOnes().dataSync()[0] === 2;
    } catch {
      return false; // a TensorFlow without oneDNN, or another version of it
    }
  });
}

/** Tensors of one value, 1, each of a rank. */
const ones = (...ranks: readonly number[]): Tensor[] => ranks.map((rank) => tf.ones(Array<number>(rank).fill(1)));
