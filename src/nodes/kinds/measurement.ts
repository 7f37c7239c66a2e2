// The kind `measurement`, of which every metric is a special case. Nodes that join, compare or mask accept this kind
// and read everything else from the columns.
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
