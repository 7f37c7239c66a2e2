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
    capped: { type: 'int32', unit: '1', over: 'mean', doc: 'Units whose sigma is at the cap.' },
    uncovered: { type: 'int32', unit: '1', over: 'mean', doc: 'Capped units that no feature depends on.' },
    gap: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      over: 'mean',
      error: 'gap_se',
      doc: 'Certificate: estimated distance of sid below its optimum. Null where the method gives none.',
    },
    gap_se: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Standard error of gap.' },
    stationarity: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'chi2 per block of the image of dE/dlog(sigma) on fresh samples: about 1 at the optimum.',
    },
    floor: {
      type: 'float64',
      unit: 'nats/unit',
      over: 'first',
      doc: 'Lower bound of sid: that of a locally linear layer that uses all units alike.',
    },
    converged: {
      type: 'bool',
      over: 'count',
      nullable: true,
      doc: 'Whether the tolerance was met before the bound on evaluations; null for the methods adam and closed-form, which state no gap.',
    },
    evaluations: {
      type: 'float64',
      unit: '1',
      over: 'mean',
      doc: 'Forward passes with a vector-Jacobian product; a further product on the same pass counts .6.',
    },
    evaluations_saved: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'Evaluations of the solution that the search started from (port `start`), minus evaluations; null without a start.',
    },
    forwards: { type: 'float64', unit: '1', doc: 'Forward passes without a product.' },
    delta_f2: { type: 'float64', over: 'mean', doc: 'delta_f^2 of the constraint.' },
    alpha: { type: 'float64', unit: '1', over: 'first', doc: 'Feature range over delta_f^2 (Eq. 4).' },
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
      doc: 'log sigma by group of the grid, [channel, row, column]: where a search with the port `start` begins.',
    },
  },
});
