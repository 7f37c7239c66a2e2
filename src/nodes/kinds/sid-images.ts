// The kind `sid-images`: what is known of a layer image by image, with the map over the pixels.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const sidImagesKind = defineKind({
  name: 'sid-images',
  doc: 'Strict information discarding of every image at every point of the sweep, with its pixel-level map. The columns of the sweep come first.',
  codec: 'table',
  axes: true,
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
    sid: { type: 'float64', unit: 'nats/unit', doc: 'SID per input unit.' },
    sid_se: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Stated error of the measurement.' },
    gap: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Estimated distance of the SID below its optimum.',
    },
    constraint_ratio: { type: 'float64', unit: '1', nullable: true, doc: 'E||h(x+d)-f||^2 / (alpha delta_f^2).' },
    capped: { type: 'int32', doc: 'Units whose sigma is at its upper limit.' },
    converged: { type: 'bool', doc: 'Whether the tolerance was met.' },
    concentration: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Concentration (Eq. 6); null without a usable mask.',
    },
    height: { type: 'int32', doc: 'Rows of the map.' },
    width: { type: 'int32', doc: 'Columns of the map.' },
    sid_map: {
      type: 'float32[]',
      unit: 'nats/unit',
      doc: 'Pixel-level SID H_i (Eq. 2), row by row, mean over the channels.',
    },
  },
});
