// The kind `parity`: differences between a network and the same network with folded batch-norms.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const parityKind = defineKind({
  name: 'parity',
  doc: 'Folded against unfolded network: a row per batch-norm, and a last row for the output of the network.',
  codec: 'table',
  columns: {
    architecture: { type: 'utf8', doc: 'name of the architecture' },
    layer: { type: 'utf8', doc: 'layer compared: the batch-norm, or the output of the network' },
    into: { type: 'utf8', doc: 'layer the batch-norm is folded into', nullable: true },
    folded: { type: 'bool', doc: 'whether the batch-norm is folded; for the output, whether any is' },
    reason: { type: 'utf8', doc: 'reason why the batch-norm is not folded', nullable: true },
    max_abs: { type: 'float64', doc: 'largest difference over units and probe images', unit: 'feature units' },
    largest: { type: 'float64', doc: 'largest absolute value of the unfolded network there', unit: 'feature units' },
    relative: { type: 'float64', doc: 'max_abs / largest (0 where both are 0)', unit: '1' },
    images: { type: 'int32', doc: 'number of seeded random probe images' },
  },
});
