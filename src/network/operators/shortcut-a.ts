// Card of the operator shortcut-a. Its arithmetic is in ../ops/shortcut-a.ts.
import { Type } from '@sinclair/typebox';
import { defineOperator } from './operator-card.ts';
import { imageShape } from './shape-rules.ts';

export const shortcutA = defineOperator({
  op: 'shortcut-a',
  doc: 'Shortcut without weights (He et al. 2016, option A): every stride-th row and column, padded with channels of zeros.',
  inputs: '1',
  weights: {},
  attributes: Type.Object({
    stride: Type.Integer({ minimum: 1, default: 2, description: 'a whole number of at least 1' }),
    channels: Type.Integer({ minimum: 1, description: 'the number of channels of the output' }),
  }),
  shape: ([x], { attributes: { stride, channels } }) => {
    const [height, width, inner] = imageShape(x);
    if (channels < inner || (channels - inner) % 2 !== 0)
      throw new RangeError(`cannot pad ${inner} channels to ${channels} equally on both sides`);
    return [Math.ceil(height / stride), Math.ceil(width / stride), channels];
  },
  load: () => import('../ops/shortcut-a.ts'),
});
