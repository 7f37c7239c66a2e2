// The kind `joined-images`: a metric for every image at every point of the sweep.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import { measurementKind } from './measurement.ts';

export const joinedImagesKind = defineKind({
  name: 'joined-images',
  doc: 'A metric of every image at every point of the sweep, with its map. The columns of the sweep come first, then those of the metric.',
  codec: 'table',
  axes: true,
  open: true,
  columns: measurementKind.columns,
});
