// The kind `concentration`: Eq. 6 of the paper, image by image.
import { defineKind } from '../../runtime/contracts/artifact.ts';

export const concentrationKind = defineKind({
  name: 'concentration',
  doc: 'How much more of the background than of the object a layer discards, per image that has a mask (Eq. 6). Negative values are kept.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
    concentration: {
      type: 'float64',
      unit: 'nats/unit',
      nullable: true,
      doc: 'Mean of H_i over the background minus mean of H_i over the object; null where the mask leaves one of them empty.',
    },
    background: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Mean of H_i over the background.' },
    foreground: { type: 'float64', unit: 'nats/unit', nullable: true, doc: 'Mean of H_i over the object.' },
    object_share: { type: 'float64', unit: '1', doc: 'Share of the pixels that are on the object.' },
  },
});
