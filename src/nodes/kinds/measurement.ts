// The kind `measurement`: what every metric is. Joining, comparing and masking take this kind, and read the rest from the columns.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const measurementKind = defineKind({
  name: 'measurement',
  doc: 'A metric of a layer, one row per image. Kinds of metrics add their columns; the first that is a mean over images is the metric.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
  },
});
