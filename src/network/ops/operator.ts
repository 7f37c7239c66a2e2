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

/** Arithmetic of one layer: an operator with its weights. The first axis of inputs and outputs is the batch. */
export interface Operator {
  /**
   * Computes the output as a new tensor, with a ReLU if `relu` is true. `relu` may be true only if `fusesRelu` is true.
   */
  forward(inputs: readonly Tensor[], relu: boolean): Tensor;
  /** True if the operator can apply a ReLU to its own output. That is cheaper than a separate ReLU. */
  readonly fusesRelu: boolean;
  /**
   * True if the operator accepts one additional input. It adds this input to its output before a ReLU; the gradient
   * with respect to this input is `dy`.
   */
  readonly fusesAdd?: boolean;
  /** Tensors of the forward pass that `inputGradients` reads. */
  readonly keeps: readonly ('inputs' | 'output')[];
  /** Computes the gradients dL/dinput, one per input. Each is a new tensor, or `dy` itself if it equals `dy`. */
  inputGradients(dy: Tensor, kept: Kept): Tensor[];
  /** Computes the gradients dL/dweight by slot. The method is absent if the operator trains no weights. */
  weightGradients?(dy: Tensor, kept: Kept): Readonly<Record<string, Tensor>>;
  /** Frees the tensors that were derived from the weights. The weights themselves belong to the caller. */
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
   * Factor by which the value is multiplied before it is averaged into the running statistic. For a variance of n
   * values, the factor n / (n - 1) makes it unbiased.
   */
  readonly correction: number;
}

/**
 * Creates an operator for one forward and one backward pass. The forward pass calls `onStatistics` with the statistics
 * of the batch.
 */
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
