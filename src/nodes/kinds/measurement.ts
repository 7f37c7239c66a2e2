// The kind `measurement`, of which every metric is a special case. Nodes that process any metric accept this kind; the
// declarations of the columns tell them how to treat each column.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const measurementKind = defineKind({
  name: 'measurement',
  doc: 'A metric of a layer, one row per image. The kind of each metric adds its own columns. The metric is the first column that is averaged over images.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
  },
});
