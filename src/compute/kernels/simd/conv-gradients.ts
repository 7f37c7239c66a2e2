// Gradients of dense and depthwise convolutions on wasm. tfjs has no kernels for these gradients. Compositions of its
// other kernels read the images once per tap, or spend more time on copies than on arithmetic. The kernels of this file
// are registered with tfjs like its own kernels.
import * as tf from '@tensorflow/tfjs-core';
import type { DataId, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import { runKernel } from '../forward.ts';
import type { ConvGeometry, Pair } from '../geometry.ts';
import { rowsIn } from './rows.ts';
import { walkRows } from './walk-rows.ts';

/** Part of tfjs's wasm backend that these kernels use. */
interface WasmBackend {
  readonly wasm: { readonly asm: { readonly memory: object } };
  /** Offset of a tensor's data in the WebAssembly memory, in bytes. */
  getMemoryOffset(id: DataId): number;
  makeOutput(shape: readonly number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(output: TensorInfo): Float32Array;
}

const FLOAT = 4;

/**
 * Computes the gradient of the filter, [kh, kw, in, out]:
 * dW[u, v, k, c] = sum over images and positions of x[i stride + u dilation - before, k] dy[i, c].
 * For a depthwise convolution, it computes only the entries with k = c, as [kh, kw, 1, channels].
 */
export function filterGradientOnWasm(x: Tensor4D, dy: Tensor4D, size: Pair, geometry: ConvGeometry): Tensor4D {
  return runKernel('ConvFilterGradient', { x, dy }, attributesOf(size, geometry));
}

/**
 * Computes the gradient of the input:
 * dx[p, k] = sum over taps and channels of W[u, v, k, c] dy[i, c], where p = i stride + u dilation - before.
 * @param filter filter [kh, kw, out, in], whose channel axes are exchanged; [kh, kw, channels, 1] if depthwise
 * @param size height and width of dx
 */
export function inputGradientOnWasm(dy: Tensor4D, filter: Tensor4D, size: Pair, geometry: ConvGeometry): Tensor4D {
  return runKernel('ConvInputGradient', { dy, filter }, attributesOf(size, geometry));
}

interface Attributes extends Omit<ConvGeometry, 'groups'> {
  readonly size: Pair;
  readonly depthwise: boolean;
}

function attributesOf(size: Pair, { stride, dilation, padding, groups }: ConvGeometry): Attributes {
  return { size, stride, dilation, padding, depthwise: groups > 1 };
}

register('ConvFilterGradient', ['x', 'dy'], (wasm, [x, dy], { size, depthwise, ...window }) => {
  const [inner, channels] = [x.shape[3]!, dy.shape[3]!];
  const dw = zeros(wasm, [...size, depthwise ? 1 : inner, channels]);
  const { addProducts, addMatrixProduct } = rowsIn(wasm.wasm.asm.memory);
  const [xAt, dyAt, dwAt] = [at(wasm, x), at(wasm, dy), at(wasm, dw)];
  const [xPixel, dyPixel] = [FLOAT * inner, FLOAT * channels];
  const [tapBytes, xStep] = [depthwise ? dyPixel : dyPixel * inner, window.stride[1] * xPixel];
  walkRows(window, size, x.shape, dy.shape, (xIndex, dyIndex, tap, count) => {
    const [sums, xs, dys] = [dwAt + tap * tapBytes, xAt + xIndex * xPixel, dyAt + dyIndex * dyPixel];
    if (depthwise) addProducts(sums, xs, dys, count, channels, xStep, dyPixel);
    else addMatrixProduct(sums, xs, dys, count, channels, xStep, dyPixel, inner, dyPixel, FLOAT);
  });
  return dw;
});

register('ConvInputGradient', ['dy', 'filter'], (wasm, [dy, filter], { size, depthwise, ...window }) => {
  const [kh, kw] = filter.shape as [number, number, number, number];
  const [outer, inner] = (depthwise ? [1, dy.shape[3]] : filter.shape.slice(2)) as [number, number];
  const dx = zeros(wasm, [dy.shape[0]!, ...size, inner]);
  const { addScaled, addMatrixProduct } = rowsIn(wasm.wasm.asm.memory);
  const [dxAt, dyAt, wAt] = [at(wasm, dx), at(wasm, dy), at(wasm, filter)];
  const [dxPixel, dyPixel] = [FLOAT * inner, FLOAT * dy.shape[3]!];
  const [tapBytes, dxStep] = [dxPixel * outer, window.stride[1] * dxPixel];
  walkRows(window, [kh, kw], dx.shape, dy.shape, (dxIndex, dyIndex, tap, count) => {
    const [sums, dys, weights] = [dxAt + dxIndex * dxPixel, dyAt + dyIndex * dyPixel, wAt + tap * tapBytes];
    if (depthwise) addScaled(weights, dys, sums, count, inner, dyPixel, dxStep);
    else addMatrixProduct(sums, dys, weights, outer, inner, FLOAT, dxPixel, count, dxStep, dyPixel);
  });
  return dx;
});

function register(
  kernelName: string,
  names: readonly [string, string],
  compute: (wasm: WasmBackend, inputs: readonly [TensorInfo, TensorInfo], attributes: Attributes) => TensorInfo,
): void {
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc({ inputs, attrs, backend }) {
      const [first, second] = names.map((name) => inputs[name]!) as [TensorInfo, TensorInfo];
      return compute(backend as WasmBackend, [first, second], attrs as unknown as Attributes);
    },
  });
}

function zeros(wasm: WasmBackend, shape: readonly number[]): TensorInfo {
  const output = wasm.makeOutput(shape, 'float32');
  wasm.typedArrayFromHeap(output).fill(0);
  return output;
}

function at(wasm: WasmBackend, { dataId }: TensorInfo): number {
  return wasm.getMemoryOffset(dataId);
}
