// The kind `delta-f2`: the inherent variance of a layer's features, delta_f^2 (below Eq. 5).
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const deltaF2Kind = defineKind({
  name: 'delta-f2',
  doc: 'delta_f^2 = ||J||_F^2: mean square of the change of the features under small input noise, per unit of the noise variance. One row per image, or a single row for all images.',
  codec: 'table',
  columns: {
    image: {
      type: 'utf8',
      nullable: true,
      doc: 'Digest of the pixels; null if the row is a mean over a reference set.',
    },
    index: { type: 'int32', nullable: true, doc: 'Position in the data set; null if the row is a mean.' },
    delta_f2: {
      type: 'float64',
      error: 'delta_f2_se',
      doc: 'delta_f^2, in squared units of the features per squared unit of the normalised input.',
    },
    delta_f2_se: {
      type: 'float64',
      doc: 'Standard error of delta_f2. For a mean it includes the scatter of the images. 0 if the value is exact.',
    },
    probes: { type: 'int32', doc: 'Number of vector-Jacobian products per image.' },
    method: { type: 'utf8', doc: 'exact (one product per feature) or probes (random products).' },
    images: { type: 'int32', doc: 'Number of images the row stands for.' },
  },
});
