// The kind `summary`: a metric over all images, one row per point of the sweep.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const summaryKind = defineKind({
  name: 'summary',
  doc: 'A metric of layers: means over the images with their standard errors. The columns of the sweep come first, then those of the metric.',
  codec: 'table',
  axes: true,
  open: true,
  columns: {
    images: { type: 'int32', doc: 'Number of images.' },
    units: { type: 'utf8', doc: 'Unit of the metric.' },
  },
});
