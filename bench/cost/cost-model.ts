// Cost model for measuring a data set: counted operations per evaluation, measured numbers of evaluations, and two
// assumptions, the speed and the price of a processor.
import type { Countable } from './count-flop.ts';
import { forwardFlop } from './count-flop.ts';
import { flopOfDelta, flopOfSigma } from './spent-flop.ts';

/**
 * Work for one image at one tap: forward passes with a vector-Jacobian product (`evaluations`), forward passes without
 * one, and vector-Jacobian products for delta_f^2 (`probes`).
 */
export interface Effort {
  readonly evaluations: number;
  readonly forwards: number;
  readonly probes: number;
}

/**
 * Measured effort: means over the first four CIFAR-10 test images, for the published ResNet-20, with a relative
 * standard error of 1 % for delta_f^2 and a gap of .005 nats per unit (fc: .01).
 */
export const EFFORT = {
  conv1: { evaluations: 371, forwards: 193, probes: 64 },
  layer1: { evaluations: 269, forwards: 193, probes: 64 },
  layer2: { evaluations: 269, forwards: 225, probes: 120 },
  layer3: { evaluations: 883, forwards: 865, probes: 560 },
  fc: { evaluations: 3191, forwards: 1585, probes: 10 },
} as const satisfies Readonly<Record<string, Effort>>;

/**
 * Assumed effort for 1,000 logits, not measured: twice the evaluations of `fc`, because the control variate works only
 * with few features, and 2,048 probes for delta_f^2.
 */
export const MANY_LOGITS: Effort = { ...EFFORT.fc, evaluations: 2 * EFFORT.fc.evaluations, probes: 2048 };

export interface Tap {
  readonly layer: string;
  readonly effort: Effort;
}

export interface TapCost {
  readonly layer: string;
  /**
   * Floating-point operations of a forward pass (`forward`), and of a forward pass with a vector-Jacobian product
   * (`evaluation`).
   */
  readonly forward: number;
  readonly evaluation: number;
  /** Floating-point operations per image, including delta_f^2. */
  readonly image: number;
}

export function costsOf(network: Countable, taps: readonly Tap[]): readonly TapCost[] {
  return taps.map(({ layer, effort }) => {
    const forward = forwardFlop(network, layer);
    const image = flopOfSigma(effort, forward) + flopOfDelta(effort, forward);
    return { layer, forward, evaluation: 2 * forward, image };
  });
}

export interface Fleet {
  readonly processors: number;
  /** Floating-point operations per second that one processor achieves. */
  readonly speed: number;
  /** Price of one processor per hour, in dollars. */
  readonly price: number;
}

/**
 * Computes the time in hours and the price in dollars. Images are independent, so n processors take an n-th of the time
 * and cost the same.
 */
export function bill(costs: readonly TapCost[], images: number, fleet: Fleet): { hours: number; money: number } {
  const flop = images * costs.reduce((sum, { image }) => sum + image, 0);
  const hours = flop / fleet.speed / fleet.processors / 3600;
  return { hours, money: hours * fleet.processors * fleet.price };
}
