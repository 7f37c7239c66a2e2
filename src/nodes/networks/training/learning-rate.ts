// Learning rate over the course of a training. The rate depends only on the position in the training, so a resumed
// training has the same rates.

export interface Schedule {
  readonly learning_rate: number;
  /** Epochs over which the rate rises linearly from zero; never more than a quarter of the training. */
  readonly warm_up: number;
  readonly schedule: 'constant' | 'cosine' | 'milestones';
  /** Epochs after which the rate is multiplied by `decay`; for the schedule `milestones` only. */
  readonly milestones: readonly number[];
  readonly decay: number;
  readonly epochs: number;
}

/**
 * Returns the learning rate at `position`, which counts epochs from the start and may be fractional. As in PyTorch, a
 * milestone e lowers the rate from epoch e on; the first epoch is number 0. The cosine schedule falls from the full
 * rate to zero at the end (Loshchilov and Hutter 2017, Eq. 5, one period).
 */
export function learningRateAt(position: number, plan: Schedule): number {
  const warmUp = Math.min(plan.warm_up, plan.epochs / 4);
  const rise = warmUp > 0 ? Math.min(1, position / warmUp) : 1;
  switch (plan.schedule) {
    case 'constant':
      return plan.learning_rate * rise;
    case 'milestones':
      return plan.learning_rate * rise * plan.decay ** plan.milestones.filter((epoch) => position >= epoch).length;
    case 'cosine': {
      const share = Math.min(1, Math.max(0, (position - warmUp) / (plan.epochs - warmUp)));
      return plan.learning_rate * rise * 0.5 * (1 + Math.cos(Math.PI * share));
    }
  }
}
