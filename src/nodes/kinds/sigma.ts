// The kind `sigma`: the optimal noise of every image at one layer, and the SID computed from it (Eq. 2-5).
import { defineKind } from '../../runtime/contracts/artifact.ts';
import { measurementKind } from './measurement.ts';

export const sigmaKind = defineKind({
  name: 'sigma',
  doc: 'Strict information discarding (SID) of a layer, image by image: the map of entropies (Eq. 2) at the optimum of Eq. 5, with its accuracy.',
  codec: 'table',
  is: measurementKind,
  columns: {
    ...measurementKind.columns,
    sid: {
      type: 'float64',
      unit: 'nats/unit',
      over: 'mean',
      error: 'sid_se',
      beside: ['constraint_ratio'],
      doc: 'SID: mean of H_i over all input units.',
    },
    sid_se: {
      type: 'float64',
      unit: 'nats/unit',
      doc: 'Standard error of sid from the scale of sigma and from delta_f^2.',
    },
    constraint_ratio: {
      type: 'float64',
      unit: '1',
      over: 'mean',
      error: 'constraint_ratio_se',
      doc: 'E||h(x+d)-f||^2 / (alpha delta_f^2) on samples that sigma does not depend on; 1 where the constraint is met.',
    },
    constraint_ratio_se: { type: 'float64', unit: '1', doc: 'Standard error of constraint_ratio.' },
    capped: { type: 'int32', unit: '1', over: 'mean', doc: 'Number of units whose sigma is at the cap.' },
    uncovered: { type: 'int32', unit: '1', over: 'mean', doc: 'Number of capped units on which no feature depends.' },
    gap: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      over: 'mean',
      error: 'gap_se',
      doc: 'Certificate: estimated distance of sid below its optimum. Null for methods without a certificate.',
    },
    gap_se: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Standard error of gap.' },
    stationarity: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'Stationarity of dE/dlog(sigma) on fresh samples: chi^2 per block of the image, about 1 at the optimum. Null for the method closed-form.',
    },
    floor: {
      type: 'float64',
      unit: 'nats/unit',
      over: 'first',
      doc: 'Lower bound of sid: the value for a locally linear layer that depends on all units equally.',
    },
    converged: {
      type: 'bool',
      over: 'count',
      nullable: true,
      doc: 'Tolerance met before the bound on evaluations; null for the methods adam and closed-form, which state no gap.',
    },
    evaluations: {
      type: 'float64',
      unit: '1',
      over: 'mean',
      doc: 'Number of forward passes with a vector-Jacobian product; a further product on the same pass counts 0.6.',
    },
    evaluations_saved: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'Evaluations of the solution that the search started from (port `start`), minus evaluations; null without a start.',
    },
    forwards: { type: 'float64', unit: '1', doc: 'Number of forward passes without a product.' },
    delta_f2: { type: 'float64', over: 'mean', doc: 'delta_f^2 of the constraint.' },
    alpha: { type: 'float64', unit: '1', over: 'first', doc: 'Feature range divided by delta_f^2 (Eq. 4).' },
    method: { type: 'utf8', over: 'first', doc: 'hybrid, adam or closed-form.' },
    grid: {
      type: 'utf8',
      over: 'first',
      doc: 'Units that share a sigma: `pixel` or blocks, with `/shared` or `/separate` channels.',
    },
    height: { type: 'int32', doc: 'Rows of the map.' },
    width: { type: 'int32', doc: 'Columns of the map.' },
    sid_map: {
      type: 'float32[]',
      unit: 'nats/unit',
      map: true,
      doc: 'Pixel-level SID H_i (Eq. 2), row by row, mean over the channels.',
    },
    log_sigma: {
      type: 'float32[]',
      doc: 'log sigma per group of the grid, [channel, row, column]. A search with the port `start` begins here.',
    },
  },
});
