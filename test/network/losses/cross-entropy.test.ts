import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crossEntropy } from '../../../src/network/losses/cross-entropy.ts';

const lossOf = (values: readonly number[], labels: readonly number[]) =>
  crossEntropy.of({ values, shape: [labels.length, values.length / labels.length] }, labels);

/** The definition, term by term: -log(exp(z_label) / sum_k exp(z_k)), mean over the images. */
function naive(values: readonly number[], labels: readonly number[]): number {
  const classes = values.length / labels.length;
  const losses = labels.map((label, image) => {
    const own = values.slice(image * classes, (image + 1) * classes);
    const total = own.map(Math.exp).reduce((a, b) => a + b, 0);
    return -Math.log(Math.exp(own[label]!) / total);
  });
  return losses.reduce((a, b) => a + b, 0) / labels.length;
}

const problems = fc.integer({ min: 2, max: 6 }).chain((classes) =>
  fc.array(
    fc.record({
      logits: fc.array(fc.double({ min: -20, max: 20, noNaN: true }), { minLength: classes, maxLength: classes }),
      label: fc.nat(classes - 1),
    }),
    { minLength: 1, maxLength: 5 },
  ),
);

describe('cross-entropy', () => {
  it('equals its definition and derivative in float64', () => {
    fc.assert(
      fc.property(problems, (images) => {
        const values = images.flatMap(({ logits }) => logits);
        const labels = images.map(({ label }) => label);
        const { loss, gradient } = lossOf(values, labels);
        expect(loss).toBeCloseTo(naive(values, labels), 10);
        const h = 1e-5;
        const at = (k: number, change: number): number =>
          naive(
            values.map((value, i) => (i === k ? value + change : value)),
            labels,
          );
        // the error of the central difference is about h^2 plus rounding / h
        values.forEach((_, k) => expect(gradient[k]).toBeCloseTo((at(k, h) - at(k, -h)) / (2 * h), 7));
      }),
      { numRuns: 60 },
    );
  });

  it('has the numbers of a small case, and counts the images classified right', () => {
    const { loss, score, gradient } = lossOf([0, Math.log(3), 5, 5], [1, 0]);
    expect(loss).toBeCloseTo((Math.log(4 / 3) + Math.log(2)) / 2, 14);
    expect(score).toBe(2); // among equal logits, the first counts
    expect(Array.from(gradient)).toEqual([0.125, -0.125, -0.25, 0.25].map(Math.fround));
    expect(lossOf([0, Math.log(3), 5, 5], [0, 1]).score).toBe(0);
  });

  it('does not overflow, and passes NaN on', () => {
    expect(lossOf([1e30, -1e30], [0]).loss).toBe(0);
    expect(lossOf([NaN, 0], [0]).loss).toBeNaN();
  });

  it('refuses labels that are not classes, and a number of labels other than that of the images', () => {
    expect(() => lossOf([0, 1, 2], [3])).toThrow('label 3 is not among 3 classes');
    expect(() => lossOf([0, 1, 2], [-1])).toThrow('label -1 is not among 3 classes');
    expect(() => crossEntropy.of({ values: [0, 1, 2, 3], shape: [2, 2] }, [0])).toThrow('1 labels do not fit');
  });
});
