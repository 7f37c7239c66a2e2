// An operator as the compiler sees it: a function of tensors with its derivatives. A file per operator beside this one gives the
// arithmetic; which backend computes it is no concern of theirs. Names, shapes and attributes are in ../operators/.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Kernels } from '../../compute/kernels/kernels.ts';
import type { Shape } from '../network.ts';

/** Tensors of the forward pass that derivatives may look at. They are there only where the operator's `keeps` says so. */
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
  /** Tensors of the forward pass that `inputGradients` needs. */
  readonly keeps: readonly ('inputs' | 'output')[];
  /** dL/dinput for each input: a new tensor, or `dy` itself where it is that. */
  inputGradients(dy: Tensor, kept: Kept): Tensor[];
  /** dL/dweight by slot, from the inputs. Absent where there are no weights to train. */
  weightGradients?(dy: Tensor, kept: Kept): Readonly<Record<string, Tensor>>;
  /** Frees what was derived from the weights; the weights stay the caller's. */
  dispose(): void;
}

export interface OperatorContext<A = unknown> {
  /** Validated, with defaults. */
  readonly attributes: A;
  /** Tensors by slot, with the axes in the order that the card calls `computed`. */
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly kernels: Kernels;
  /** Shapes of one image. */
  readonly inputShapes: readonly Shape[];
  readonly outputShape: Shape;
}

export type MakeOperator<A = unknown> = (context: OperatorContext<A>) => Operator;

/** The value that one batch gives for a running statistic. The tensor belongs to the operator. */
export interface BatchStatistic {
  readonly slot: string;
  readonly value: Tensor;
  /** Factor on the value before it is averaged into the running statistic (n / (n - 1) makes a variance unbiased). */
  readonly correction: number;
}

/** An operator for one forward and one backward pass; `onStatistics` is called in the forward pass. */
export type MakeForTraining<A = unknown> = (
  context: OperatorContext<A>,
  onStatistics: (statistics: readonly BatchStatistic[]) => void,
) => Operator;

/** The exports of an operator's file. `makeForTraining` is for operators that compute something else in a training. */
export interface Arithmetic<A = unknown> {
  readonly make: MakeOperator<A>;
  readonly makeForTraining?: MakeForTraining<A>;
}

/** The `dispose` of operators that have nothing to free. */
export const nothing = (): void => undefined;
