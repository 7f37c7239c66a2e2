// The kind `sigma`: the optimal noise of every image at one layer, and the SID that follows from it (Eq. 2-5).
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const sigmaKind = defineKind({
  name: 'sigma',
  doc: 'Strict information discarding of a layer, image by image: the map of entropies (Eq. 2) at the optimum of Eq. 5, with what is known of its accuracy.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
    sid: { type: 'float64', unit: 'nats/unit', doc: 'SID: mean of H_i over all input units.' },
    sid_se: {
      type: 'float64',
      unit: 'nats/unit',
      doc: 'Standard error of sid from the scale of sigma and from delta_f^2.',
    },
    gap: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Estimated distance of sid below its optimum: the certificate. Null where the method gives none.',
    },
    gap_se: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Standard error of gap.' },
    constraint_ratio: {
      type: 'float64',
      unit: '1',
      doc: 'E||h(x+d)-f||^2 / (alpha delta_f^2) on samples that sigma does not depend on; 1 where the constraint is met.',
    },
    constraint_ratio_se: { type: 'float64', unit: '1', doc: 'Standard error of constraint_ratio.' },
    stationarity: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'chi2 per block of the image of dE/dlog(sigma) on fresh samples: about 1 at the optimum.',
    },
    capped: { type: 'int32', doc: 'Units whose sigma is at the cap.' },
    uncovered: { type: 'int32', doc: 'Units among them that no feature depends on.' },
    converged: { type: 'bool', doc: 'Whether the tolerance was met before the bound on evaluations.' },
    floor: {
      type: 'float64',
      unit: 'nats/unit',
      doc: 'SID of a locally linear layer that uses all units alike: none is below.',
    },
    delta_f2: { type: 'float64', doc: 'The delta_f^2 of the constraint.' },
    alpha: { type: 'float64', unit: '1', doc: 'Feature range over delta_f^2 (Eq. 4).' },
    evaluations: {
      type: 'float64',
      unit: '1',
      doc: 'Forward passes with a vector-Jacobian product; a further product on the same pass counts .6.',
    },
    evaluations_saved: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'How many fewer than it took to find what the search started from (port `start`); null where it started afresh.',
    },
    forwards: { type: 'float64', unit: '1', doc: 'Forward passes without one.' },
    method: { type: 'utf8', doc: 'hybrid, adam or closed-form.' },
    grid: { type: 'utf8', doc: 'Which units share a sigma: `pixel` or blocks, `/shared` or `/separate` channels.' },
    height: { type: 'int32', doc: 'Rows of the map.' },
    width: { type: 'int32', doc: 'Columns of the map.' },
    sid_map: {
      type: 'float32[]',
      unit: 'nats/unit',
      doc: 'Pixel-level SID H_i (Eq. 2), row by row, mean over the channels.',
    },
  },
});
