// Minimisation of Eq. 5 as in the paper: stochastic gradients of the loss itself, with Adam on log sigma
// (docs/solver.md, step 17). It is a cross-check of the hybrid solver, with which it shares only the drawing of noised
// batches.
import * as tf from '@tensorflow/tfjs-core';
import { estimateColumnNorms } from './column-norms.ts';
import { closedFormSigma } from './closed-form.ts';
import { exactCurvature } from './curvature.ts';
import type { Problem } from './noised-batch.ts';
import { drawNoisedBatch } from './noised-batch.ts';
import type { Random } from './random.ts';
import { expectFinite, readBack } from './read-back.ts';
import { SOLVER } from './solver.ts';

const { adamMeanDecay: BETA1, adamSquareDecay: BETA2 } = SOLVER;

export interface AdamOptions {
  /** Target of the energy E||h(x') - f||^2: alpha delta_f^2. */
  readonly target: number;
  readonly cap: number;
  readonly steps: number;
  readonly batch: number;
  /** Initial step size; it falls to 0 along half a period of a cosine. */
  readonly rate: number;
  readonly random: Random;
}

/**
 * Runs `steps` iterations and returns log sigma per group, which meets the constraint only roughly (scale.ts scales
 * it). Throws NonFiniteError.
 */
export async function minimiseByAdam(problem: Problem, options: AdamOptions): Promise<Float64Array> {
  const { grid } = problem;
  const energies = await estimateColumnNorms(problem.map, problem.image, grid, {
    probes: SOLVER.startProbes,
    batch: problem.passes.rows,
    random: options.random.split('start'),
    costs: problem.costs,
  });
  const logCap = Math.log(options.cap);
  const z = closedFormSigma(energies, grid.unitsOf, options.target, options.cap).logSigma;
  const first = new Float64Array(grid.groups);
  const second = new Float64Array(grid.groups);
  const noise = options.random.split('noise');
  for (let step = 1; step <= options.steps; step++) {
    const gradient = await lossGradient(problem, z, noise, options);
    const rate = options.rate * 0.5 * (1 + Math.cos((Math.PI * (step - 1)) / options.steps));
    for (let g = 0; g < grid.groups; g++) {
      first[g] = BETA1 * first[g]! + (1 - BETA1) * gradient[g]!;
      second[g] = BETA2 * second[g]! + (1 - BETA2) * gradient[g]! ** 2;
      const mean = first[g]! / (1 - BETA1 ** step);
      const scale = Math.sqrt(second[g]! / (1 - BETA2 ** step));
      if (scale > 0) z[g] = Math.min(logCap, z[g]! - (rate * mean) / scale);
      else z[g] = logCap;
    }
  }
  return z;
}

/**
 * Gradient of the loss n / (2 target) E||h(x') - f||^2 - sum_i z_i with respect to z_g = log sigma_g, divided by the
 * number of units of group g. Its mean at the optimum is 0.
 */
async function lossGradient(
  problem: Problem,
  z: Float64Array,
  noise: Random,
  options: AdamOptions,
): Promise<Float64Array> {
  const { grid } = problem;
  const batch = await drawNoisedBatch(problem, z, { samples: options.batch, random: noise, pull: ['residuals'] });
  const exact = tf.tidy(() => tf.sum(exactCurvature(grid, batch, z), 0));
  batch.dispose();
  const [curvature] = await readBack([exact]);
  expectFinite(curvature!, 'gradients');
  const gradient = Float64Array.from(curvature!);
  const scale = grid.units / (batch.samples * options.target);
  let touched = false;
  for (let g = 0; g < grid.groups; g++) {
    touched ||= gradient[g] !== 0;
    gradient[g] = gradient[g] === 0 ? 0 : (gradient[g]! * Math.exp(2 * z[g]!) * scale) / grid.unitsOf[g]! - 1;
  }
  return touched ? gradient : gradient.fill(0);
}
