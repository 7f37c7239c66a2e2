// The kind `comparison`: differences between the members of a series, paired over images.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const comparisonKind = defineKind({
  name: 'comparison',
  doc: 'Pairs of a series compared on the same images. The columns of the other axes come first.',
  codec: 'table',
  axes: true,
  columns: {
    series: { type: 'utf8', doc: 'The axis whose values are compared.' },
    a: { type: 'utf8', doc: 'One value of that axis.' },
    b: { type: 'utf8', doc: 'The other value.' },
    metric: { type: 'utf8', doc: 'Column that is compared.' },
    difference: {
      type: 'float64',
      error: 'difference_se',
      doc: 'Mean over the images of metric(b) - metric(a), in the units of the metric.',
    },
    difference_se: { type: 'float64', nullable: true, doc: 'Standard error of that mean; null for one image.' },
    images: { type: 'int32', doc: 'Images that both have.' },
    positive: { type: 'int32', doc: 'Images with metric(b) > metric(a).' },
    negative: { type: 'int32', doc: 'Images with metric(b) < metric(a).' },
    p: { type: 'float64', doc: 'Two-sided exact sign test; ties are left out.' },
    p_holm: { type: 'float64', doc: 'p, adjusted for all rows of the table (Holm).' },
  },
});
