import { describe, expect, it } from 'vitest';
import { learningRateAt, type Schedule } from '../../../../src/nodes/networks/training/learning-rate.ts';

const plan: Schedule = { learning_rate: 0.4, warm_up: 0, schedule: 'constant', milestones: [], decay: 0.1, epochs: 10 };

describe('learningRateAt', () => {
  it('is constant, or falls at milestones', () => {
    expect([0, 3.5, 9.9].map((at) => learningRateAt(at, plan))).toEqual([0.4, 0.4, 0.4]);
    const steps: Schedule = { ...plan, schedule: 'milestones', milestones: [4, 8], decay: 0.5 };
    expect([0, 3.99, 4, 7.99, 8, 9].map((at) => learningRateAt(at, steps))).toEqual([0.4, 0.4, 0.2, 0.2, 0.1, 0.1]);
  });

  it('follows half a cosine to zero', () => {
    const cosine: Schedule = { ...plan, schedule: 'cosine' };
    expect(learningRateAt(0, cosine)).toBe(0.4);
    expect(learningRateAt(5, cosine)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(2.5, cosine)).toBeCloseTo(0.2 * (1 + Math.SQRT1_2), 12);
    expect(learningRateAt(10, cosine)).toBeCloseTo(0, 12);
  });

  it('rises before that', () => {
    const rising: Schedule = { ...plan, schedule: 'cosine', warm_up: 2 };
    expect([0, 1, 2].map((at) => learningRateAt(at, rising))).toEqual([0, 0.2, 0.4]);
    expect(learningRateAt(6, rising)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(0.5, { ...rising, epochs: 4 })).toBe(0.2); // the rise takes at most a quarter of the training
  });
});
