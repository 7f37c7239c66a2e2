import { describe, expect, it } from 'vitest';
import { meanAndError } from '../../src/math/mean-and-error.ts';
import { Random } from '../../src/math/random.ts';
import { WIDTHS, errorOfMean, smoothField } from '../../src/math/smooth-field.ts';
import { smoothRatio } from '../../src/math/smooth-ratio.ts';
import { solveLinear } from '../../src/math/solve-linear.ts';

const rows = 9;
const columns = 7;
const n = 2 * rows * columns;
const random = new Random('field');
const live = Uint8Array.from({ length: n }, () => Number(random.uniform() > 0.2));
const field = { planes: 2, rows, columns, live };

/** S y at one group, directly from the definition with the two-dimensional kernel. */
function naiveSmooth(y: ArrayLike<number>, at: number, width: number): { value: number; own: number } {
  const place = (g: number) => ({
    plane: Math.floor(g / (rows * columns)),
    row: Math.floor((g % (rows * columns)) / columns),
    column: g % columns,
  });
  const here = place(at);
  const reach = Math.ceil(4 * width);
  let top = 0;
  let bottom = 0;
  for (let g = 0; g < n; g++) {
    const { plane, row, column } = place(g);
    if (live[g] === 0 || plane !== here.plane) continue;
    const [dy, dx] = [row - here.row, column - here.column];
    if (Math.abs(dy) > reach || Math.abs(dx) > reach) continue;
    const weight = Math.exp(-(dy * dy + dx * dx) / (2 * width * width));
    top += weight * y[g]!;
    bottom += weight;
  }
  return { value: top / bottom, own: 1 / bottom };
}

describe('smoothField', () => {
  it('is the normalised Gaussian mean over live groups, with its trace', () => {
    const y = Float64Array.from({ length: n }, () => random.normal());
    for (const width of [0.6, 1, 2.5]) {
      const { values, trace } = smoothField(y, field, width);
      let naiveTrace = 0;
      for (let g = 0; g < n; g++) {
        if (live[g] === 0) expect(values[g]).toBe(0);
        else {
          const naive = naiveSmooth(y, g, width);
          expect(values[g]).toBeCloseTo(naive.value, 12);
          naiveTrace += naive.own;
        }
      }
      expect(trace).toBeCloseTo(naiveTrace, 9);
    }
  });

  it('leaves a constant as it is, borders and holes included', () => {
    const { values } = smoothField(new Float64Array(n).fill(3), field, 1.6);
    values.forEach((value, g) => expect(value).toBeCloseTo(live[g] === 1 ? 3 : 0, 12));
  });

  it('does nothing at width 0', () => {
    const y = Float64Array.from({ length: n }, (_, g) => g);
    expect(smoothField(y, field, 0).trace).toBe(live.reduce((a, b) => a + b, 0));
  });
});

describe('solveLinear', () => {
  it('solves what it is given, and refuses what has no answer', () => {
    const M = [Float64Array.of(0, 2, 1), Float64Array.of(1, 1, 0), Float64Array.of(3, 0, 1)];
    const c = solveLinear(M, Float64Array.of(7, 3, 6));
    M.forEach((row, i) => expect(row.reduce((sum, value, j) => sum + value * c[j]!, 0)).toBeCloseTo([7, 3, 6][i]!, 12));
    expect(() => solveLinear([Float64Array.of(1, 1), Float64Array.of(1, 1)], Float64Array.of(1, 2))).toThrow(
      RangeError,
    );
  });
});

describe('smoothRatio', () => {
  const white = new Float64Array(WIDTHS.length).fill(1);
  const whole = { planes: 1, rows: 24, columns: 24, live: new Uint8Array(576).fill(1) };
  const theta = (correlated: number): Float64Array => {
    const values = new Float64Array(576);
    new Random(`theta/${correlated}`).fillNormal(values);
    return smoothField(values, whole, correlated).values.map((value) => 0.3 * value * Math.max(1, 3 * correlated));
  };

  it.each([0, 0.6, 2])('estimates its own mean squared error, on average (truth smooth over %f pixels)', (width) => {
    const truth = theta(width);
    for (const v of [0.01, 0.1, 1]) {
      const differences: number[] = [];
      const errors: number[] = [];
      for (let seed = 0; seed < 60; seed++) {
        const noise = new Float64Array(576);
        new Random(`noise/${seed}`).fillNormal(noise);
        const y = truth.map((t, g) => t + Math.sqrt(v) * noise[g]!);
        const { q, absoluteRisk: risk } = smoothRatio(
          y,
          { variance: new Float64Array(576).fill(v), covariance: 0, gains: white, moments: [] },
          whole,
        );
        const error = q.reduce((sum, value, g) => sum + (value - truth[g]!) ** 2, 0) / 576;
        errors.push(error);
        differences.push(risk - error);
      }
      const { mean, error } = meanAndError(differences);
      // Since the data choose five weights, SURE is slightly too optimistic: by about 2 v 6 / n at most.
      expect(Math.abs(mean)).toBeLessThan(3 * error + (12 * v) / 576);
      expect(meanAndError(errors).mean).toBeLessThan(Math.min(v, truth.reduce((s, t) => s + t * t, 0) / 576) * 1.1);
    }
  });

  it('estimates its own mean squared error for correlated noise, given the noise gains', () => {
    const truth = theta(2);
    const covered = (noise: Float64Array): Float64Array => smoothField(noise, whole, 0.6).values;
    const noises = Array.from({ length: 200 }, (_, seed) => {
      const noise = new Float64Array(576);
      new Random(`alike/${seed}`).fillNormal(noise);
      return covered(noise);
    });
    const variance = new Float64Array(576).map(
      (_, g) => noises.reduce((sum, noise) => sum + noise[g]! ** 2, 0) / noises.length,
    );
    const v = variance.reduce((a, b) => a + b, 0) / 576;
    const gains = Float64Array.from(WIDTHS, (width) => {
      const parts = noises.map((noise) => ({ noise, smoothed: smoothField(noise, whole, width) }));
      const passed = parts.reduce(
        (sum, { noise, smoothed }) => sum + noise.reduce((dot, e, g) => dot + e * smoothed.values[g]!, 0),
        0,
      );
      return passed / noises.length / (v * parts[0]!.smoothed.trace);
    });
    const excess = (known: Float64Array): { mean: number; error: number } =>
      meanAndError(
        noises.map((noise) => {
          const y = truth.map((t, g) => t + noise[g]!);
          const { q, absoluteRisk } = smoothRatio(y, { variance, covariance: 0, gains: known, moments: [] }, whole);
          const real = q.reduce((sum, value, g) => sum + (value - truth[g]!) ** 2, 0) / 576;
          return absoluteRisk / real - 1;
        }),
      );
    expect(Math.abs(excess(gains).mean)).toBeLessThan(0.1);
    expect(excess(white).mean).toBeLessThan(-0.3);
  });

  it('counts the error that both estimates share', () => {
    const truth = theta(1);
    const [vR, vA, k] = [0.3, 0.2, 0.15];
    const differences: number[] = [];
    for (let seed = 0; seed < 80; seed++) {
      const noise = new Random(`shared/${seed}`);
      const eR = new Float64Array(576);
      const eA = new Float64Array(576);
      for (let g = 0; g < 576; g++) {
        const common = noise.normal();
        eR[g] = Math.sqrt(k) * common + Math.sqrt(vR - k) * noise.normal();
        eA[g] = Math.sqrt(k) * common + Math.sqrt(vA - k) * noise.normal();
      }
      // To first order in the errors, R / A - 1 = theta + eR - eA, and the error of A (1 + q) is q + eA - theta.
      const y = truth.map((t, g) => t + eR[g]! - eA[g]!);
      const { q, absoluteRisk: risk } = smoothRatio(
        y,
        { variance: new Float64Array(576).fill(vR), covariance: k, gains: white, moments: [] },
        whole,
      );
      differences.push(risk - q.reduce((sum, value, g) => sum + (value + eA[g]! - truth[g]!) ** 2, 0) / 576);
    }
    const { mean, error } = meanAndError(differences);
    expect(Math.abs(mean)).toBeLessThan(3 * error + (12 * vR) / 576);
  });

  it.each([0.03, 0.1, 0.3])(
    'estimates its own relative error, which is large where the truth is small (noise %f)',
    (v) => {
      const truth = theta(2);
      let [stated, real, absolute] = [0, 0, 0];
      for (let seed = 0; seed < 60; seed++) {
        const noise = new Float64Array(576);
        new Random(`relative/${seed}`).fillNormal(noise);
        const y = truth.map((t, g) => t + Math.sqrt(v) * noise[g]!);
        const known = { variance: new Float64Array(576).fill(v), covariance: 0, gains: white, moments: [] };
        const { q, risk } = smoothRatio(y, known, whole);
        const error = (of: (t: number, g: number) => number): number =>
          truth.reduce((sum, t, g) => sum + of(t, g) ** 2, 0) / 576;
        stated += risk / 60;
        real += error((t, g) => (q[g]! - t) / (1 + t)) / 60;
        absolute += error((t, g) => q[g]! - t) / 60;
      }
      expect(real / absolute).toBeGreaterThan(1.1);
      expect(Math.abs(stated / real - 1)).toBeLessThan(0.06 + v / 2); // the neglected terms grow with the noise
    },
  );

  it('gives the standard error of the mean of a field with correlated neighbours', () => {
    const means: number[] = [];
    const errors: number[] = [];
    for (let seed = 0; seed < 200; seed++) {
      const white = new Float64Array(576);
      new Random(`correlated/${seed}`).fillNormal(white);
      const { values } = smoothField(white, whole, 0.8);
      means.push(values.reduce((sum, value) => sum + value, 0) / 576);
      errors.push(errorOfMean(values, whole));
    }
    const scatter = Math.sqrt(means.reduce((sum, mean) => sum + mean * mean, 0) / 200);
    const stated = errors.reduce((sum, error) => sum + error, 0) / 200;
    expect(stated / scatter).toBeGreaterThan(0.75); // Bartlett weights ignore a part of the correlation
    expect(stated / scatter).toBeLessThan(1.15);
  });

  it('gives zeros for a field of zeros', () => {
    const { q, risk } = smoothRatio(
      new Float64Array(576),
      { variance: new Float64Array(576).fill(0), covariance: 0, gains: white, moments: [] },
      whole,
    );
    expect([Math.max(...q), risk]).toEqual([0, 0]);
  });
});
