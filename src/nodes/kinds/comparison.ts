// The kind `comparison`: differences between the members of a series, paired over images.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const comparisonKind = defineKind({
  name: 'comparison',
  doc: 'Every pair of values of one axis (the series), compared on the same images. The columns of the other axes come first.',
  codec: 'table',
  axes: true,
  columns: {
    series: { type: 'utf8', doc: 'The axis whose values are compared.' },
    a: { type: 'utf8', doc: 'First value of the pair.' },
    b: { type: 'utf8', doc: 'Second value of the pair.' },
    metric: { type: 'utf8', doc: 'Column that is compared.' },
    difference: {
      type: 'float64',
      error: 'difference_se',
      doc: 'Mean over the images of metric(b) - metric(a), in the units of the metric.',
    },
    difference_se: { type: 'float64', nullable: true, doc: 'Standard error of difference; null for one image.' },
    images: { type: 'int32', doc: 'Number of images for which both a and b have a value.' },
    positive: { type: 'int32', doc: 'Number of images with metric(b) > metric(a).' },
    negative: { type: 'int32', doc: 'Number of images with metric(b) < metric(a).' },
    p: { type: 'float64', doc: 'P value of the two-sided exact sign test; ties are left out.' },
    p_holm: { type: 'float64', doc: 'p, adjusted for all rows of the table (Holm).' },
  },
});
