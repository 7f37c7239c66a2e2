// Operators as the compiler uses them: functions of tensors with their derivatives, one file per operator in this
// folder. They are independent of the backend. Names, shapes and attributes are in ../operators/.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../compute/kernels/kernels.ts';
import type { Shape } from '../network.ts';

/**
 * Tensors of the forward pass that derivatives may read. They are present only if the operator's `keeps` lists them.
 */
export interface Kept {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
}

/** An operator with its weights. The first axis of tensors is the batch. */
export interface Operator {
  /** Computes a new tensor. `relu` may be true only if `fusesRelu` is. */
  forward(inputs: readonly Tensor[], relu: boolean): Tensor;
  /** True if the operator can apply a ReLU to its output more cheaply than a separate operator. */
  readonly fusesRelu: boolean;
  /**
   * True if the operator accepts one additional input, which it adds to its output before a ReLU. The gradient of that
   * input is `dy`.
   */
  readonly fusesAdd?: boolean;
  /** Tensors of the forward pass that `inputGradients` reads. */
  readonly keeps: readonly ('inputs' | 'output')[];
  /** Gradients dL/dinput, one per input: a new tensor, or `dy` itself if they are equal. */
  inputGradients(dy: Tensor, kept: Kept): Tensor[];
  /** Gradients dL/dweight by slot. Absent if there are no trainable weights. */
  weightGradients?(dy: Tensor, kept: Kept): Readonly<Record<string, Tensor>>;
  /** Frees tensors derived from the weights; the caller owns the weights. */
  dispose(): void;
}

export interface OperatorContext<A = unknown> {
  /** Validated attributes, defaults filled in. */
  readonly attributes: A;
  /** Weights by slot, with the axes in the order called `computed` on the card. */
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly kernels: Kernels;
  /** Shapes of the inputs for one image. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
}

export type MakeOperator<A = unknown> = (context: OperatorContext<A>) => Operator;

/** Value of a running statistic for one batch. The operator owns the tensor. */
export interface BatchStatistic {
  readonly slot: string;
  readonly value: Tensor;
  /**
   * Factor on the value before it is averaged into the running statistic. For a variance it is n / (n - 1), which makes
   * it unbiased.
   */
  readonly correction: number;
}

/** Creates an operator for one forward and one backward pass. The forward pass calls `onStatistics`. */
export type MakeForTraining<A = unknown> = (
  context: OperatorContext<A>,
  onStatistics: (statistics: readonly BatchStatistic[]) => void,
) => Operator;

/**
 * Exports of an operator's file. `makeForTraining` is for operators that compute a different function during training.
 */
export interface Arithmetic<A = unknown> {
  readonly make: MakeOperator<A>;
  readonly makeForTraining?: MakeForTraining<A>;
}

/** No-op `dispose`, for operators that own no tensors. */
export const nothing = (): void => undefined;
