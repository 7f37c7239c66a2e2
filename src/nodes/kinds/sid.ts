// The kind `sid`: what is known of a layer over all images, one row per point of the sweep.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const sidKind = defineKind({
  name: 'sid',
  doc: 'Strict information discarding (Eq. 2) of a layer: means over the images, with their scatter. The columns of the sweep come first.',
  codec: 'table',
  axes: true,
  columns: {
    sid: { type: 'float64', unit: 'nats/unit', bar: true, doc: 'SID per input unit, mean over the images.' },
    sid_se: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Standard error of that mean from the scatter of the images; null for one image.',
    },
    concentration: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Concentration (Eq. 6), mean over the images that have one.',
    },
    concentration_se: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Standard error of that mean from the scatter of the images.',
    },
    concentration_images: { type: 'int32', doc: 'How many images have a concentration.' },
    constraint_ratio: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'E||h(x+d)-f||^2 / (alpha delta_f^2), mean over the images; 1 where the constraint is met.',
    },
    constraint_ratio_se: {
      type: 'float64',
      unit: '1',
      nullable: true,
      doc: 'Standard error of that mean from the scatter of the images.',
    },
    capped: { type: 'float64', unit: '1', doc: 'Units whose sigma is at its upper limit, mean number per image.' },
    uncovered: {
      type: 'float64',
      unit: '1',
      doc: 'Units among them that no feature depends on, mean number per image.',
    },
    gap: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Estimated distance of the SID below its optimum, mean over the images that have an estimate.',
    },
    sid_measurement_se: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Stated error of the measurement of one image, mean over the images.',
    },
    floor: {
      type: 'float64',
      unit: 'nats/unit',
      doc: 'SID of a locally linear layer that uses all units alike: none is below.',
    },
    images: { type: 'int32', doc: 'Number of images.' },
    unconverged: { type: 'int32', doc: 'How many of them reached the bound on evaluations before the tolerance.' },
    evaluations: { type: 'float64', unit: '1', doc: 'Forward passes with a vector-Jacobian product, mean per image.' },
    delta_f2: {
      type: 'float64',
      doc: 'Mean over the images of the feature energy that small noise makes, the scale of the feature range.',
    },
    alpha: { type: 'float64', unit: '1', doc: 'Feature range over delta_f^2 (Eq. 4).' },
    method: { type: 'utf8', doc: 'How sigma was found.' },
    grid: { type: 'utf8', doc: 'Which units share a sigma.' },
    units: { type: 'utf8', doc: 'Units of the SID.' },
  },
});
