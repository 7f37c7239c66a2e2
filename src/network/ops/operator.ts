// What an operator of a network is to the compiler: a function of tensors with its derivatives. One file per operator beside this
// one; which backend runs it is no business of theirs.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../compute/kernels/kernels.ts';
import type { Layer } from '../network.ts';
import type { Shape } from '../shapes.ts';

/** What a derivative may look at. Tensors are there only where the operator's `keeps` says so. */
export interface Kept {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

/** An operator with its weights. Tensors have the batch first. */
export interface Operator {
  /** New tensor. `relu` is given only where `fusesRelu`. */
  forward(inputs: readonly Tensor[], relu: boolean): Tensor;
  /** Can apply a ReLU to its output on the way, at less cost than the next operator. */
  readonly fusesRelu: boolean;
  /** Takes one input more, which it adds to its output on the way, before a ReLU; its gradient is `dy`. */
  readonly fusesAdd?: boolean;
  /** What `inputGradients` needs of the forward pass besides shapes. */
  readonly keeps: readonly ('inputs' | 'output')[];
  /** dL/dinput for each input: a new tensor, or `dy` itself where it is that. */
  inputGradients(dy: Tensor, kept: Kept): Tensor[];
  /** dL/dweight by slot, from the inputs. Absent where there are no weights to train. */
  weightGradients?(dy: Tensor, kept: Kept): Readonly<Record<string, Tensor>>;
  /** Frees what was derived from the weights; the weights stay the caller's. */
  dispose(): void;
}

export interface OperatorContext {
  readonly layer: Layer;
  /** By slot, in the layout of `weightLayout`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly kernels: Kernels;
  /** Of one image. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
}

export type MakeOperator = (context: OperatorContext) => Operator;

/** For operators that have nothing to free. */
export const nothing = (): void => undefined;
