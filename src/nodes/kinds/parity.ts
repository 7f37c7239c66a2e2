// The kind `parity`: differences between a network and the same network with folded batch-norms.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const parityKind = defineKind({
  name: 'parity',
  doc: 'Differences between the folded and the unfolded network: one row per batch-norm, and a last row for the output of the network.',
  codec: 'table',
  columns: {
    architecture: { type: 'utf8', doc: 'name of the architecture' },
    layer: { type: 'utf8', doc: 'layer compared: the batch-norm, or the output of the network' },
    into: {
      type: 'utf8',
      doc: 'layer into which the batch-norm is folded; null if it is not folded, and for the output',
      nullable: true,
    },
    folded: { type: 'bool', doc: 'true if the batch-norm is folded; for the output, true if any batch-norm is folded' },
    reason: {
      type: 'utf8',
      doc: 'reason why the batch-norm is not folded; null if it is folded, and for the output',
      nullable: true,
    },
    max_abs: {
      type: 'float64',
      doc: 'largest absolute difference between the two networks over units and probe images',
      unit: 'feature units',
    },
    largest: {
      type: 'float64',
      doc: 'largest absolute value of the layer in the unfolded network',
      unit: 'feature units',
    },
    relative: { type: 'float64', doc: 'max_abs / largest; 0 if both are 0, 1 if only largest is 0', unit: '1' },
    images: { type: 'int32', doc: 'number of seeded random probe images' },
  },
});
