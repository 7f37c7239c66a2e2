// Card of the operator batch-norm. Its arithmetic is in ../ops/batch-norm.ts.
import { Type } from '@sinclair/typebox';
import { defineOperator } from './operator-card.ts';
import { expectLength } from './shape-rules.ts';

const channels = ['channels'];

export const batchNorm = defineOperator({
  op: 'batch-norm',
  doc: 'Normalisation of each channel by running statistics (in a training: by those of the batch), then scale and shift.',
  inputs: '1',
  weights: {
    weight: { stored: channels, optional: true, initial: 1, isFactor: true },
    bias: { stored: channels, optional: true, initial: 0 },
    running_mean: { stored: channels, initial: 0, isStatistic: true },
    running_var: { stored: channels, initial: 1, isStatistic: true, least: 0 },
  },
  attributes: Type.Object({ epsilon: Type.Number({ default: 1e-5, description: 'a number' }) }),
  role: 'normalisation',
  shape: ([x], { weights }) => {
    for (const [slot, shape] of Object.entries(weights)) expectLength(slot, shape, x!.at(-1)!, 'channels');
    return x!;
  },
  load: () => import('../ops/batch-norm.ts'),
});
