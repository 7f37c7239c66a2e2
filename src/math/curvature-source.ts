// Sources of batches for the two estimates of the curvature, R and Q (docs/solver.md, steps 5 and 6). One source takes
// Q from random signs. The other, for layers with few features, takes Q from the rows of the Jacobian and applies the
// control variate of step 11.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { estimateColumnNorms, groupEnergies } from './column-norms.ts';
import { exactCurvature, quietCurvature } from './curvature.ts';
import { JacobianControl } from './jacobian-control.ts';
import { wholeJacobian } from './linearization.ts';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';
import { SOLVER } from './solver.ts';

/** R and Q of a batch at one sigma. The caller disposes the tensors. */
export interface Drawn {
  /** Energies ||h(x') - f||^2, [samples]. */
  readonly energy: Tensor1D;
  /** R of every sample, [samples, groups]: unbiased, but noisy. */
  readonly exact: Tensor2D;
  /** Q of every sample, [samples, groups]: little noise, but slightly biased. */
  readonly quiet: Tensor2D;
}

export interface CurvatureSource {
  /** Returns the curvature A_g of the linearisation of h at x, per group. */
  energies(): Promise<Float64Array>;
  /** Draws a batch. If `fresh` is true, first discards everything learned from earlier batches. */
  draw(logSigma: Float64Array, noise: Random, samples: number, fresh: boolean): Promise<Drawn>;
  dispose(): void;
}

/** Chooses the source that suits the number of features. */
export function openSource(problem: Problem, random: Random): CurvatureSource {
  return problem.map.features <= SOLVER.fewFeatures ? fromRows(problem) : fromSigns(problem, random);
}

/**
 * Source with Q from random signs w: (J'^T w)_i^2 has the mean ||J'_i||^2 and a relative variance below 2, however many
 * features there are.
 */
function fromSigns(problem: Problem, random: Random): CurvatureSource {
  const { map, image, grid, costs } = problem;
  const start = { probes: SOLVER.startProbes, batch: problem.passes.rows, random: random.split('start'), costs };
  const signs = random.split('probe');
  return {
    energies: () => estimateColumnNorms(map, image, grid, start),
    async draw(logSigma, noise, samples) {
      const w = new Float32Array(samples * map.features);
      signs.fillSigns(w);
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random: noise, pull: ['residuals', w] });
      const exact = exactCurvature(grid, batch, logSigma);
      const quiet = quietCurvature(grid, batch);
      tf.dispose([batch.delta, ...batch.products]);
      return { energy: batch.energy, exact, quiet };
    },
    dispose: () => undefined,
  };
}

/**
 * Source for few features: A_g at x is exact, Q comes from the rows of J', and the same rows serve as the control
 * variate for R.
 */
function fromRows(problem: Problem): CurvatureSource {
  const { map, image, grid, costs } = problem;
  const jacobian = wholeJacobian(map, image, { batch: problem.passes.rows, costs });
  const control = new JacobianControl(grid, tf.reshape(jacobian, [map.features, grid.units]));
  return {
    energies: () => groupEnergies(grid, jacobian),
    async draw(logSigma, noise, samples, fresh) {
      if (fresh) control.forget();
      const ofRows = control.nextRows(samples);
      const pull = ['residuals', control.probesOf(ofRows)] as const;
      const batch = await drawNoisedBatch(problem, logSigma, { samples, random: noise, pull, keepsResiduals: true });
      const plain = exactCurvature(grid, batch, logSigma);
      const exact = control.apply(batch, logSigma, ofRows, plain);
      const quiet = quietCurvature(grid, batch);
      tf.dispose([plain, batch.delta, batch.residuals!, ...batch.products]);
      return { energy: batch.energy, exact, quiet };
    },
    dispose() {
      jacobian.dispose();
      control.dispose();
    },
  };
}
