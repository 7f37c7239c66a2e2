// Node type `make-shapes`: a synthetic data set for first runs, tests and teaching.
import { Type } from '@sinclair/typebox';
import { defineNode } from '../../runtime/contracts/define.ts';
import { datasetKind, writeDataset } from '../kinds/dataset.ts';

export const makeShapes = defineNode({
  type: 'make-shapes',
  version: 3,
  doc: `Draws a data set of ten shapes (disc, ring, square, frame, triangle, cross, star, crescent, bar, angle) on darker, textured backgrounds, with exact object masks.

Position, size, rotation, colours and textures are random and independent of the class. Image k depends only on the seed, the size and k. So a larger data set begins with the same images, and ranges that do not overlap (\`offset\`) can serve as training and test set.`,
  params: Type.Object(
    {
      count: Type.Integer({
        minimum: 1,
        maximum: 1_000_000,
        default: 1000,
        description: 'Number of images. Every ten consecutive images contain each class once.',
      }),
      size: Type.Integer({ minimum: 8, maximum: 1024, default: 32, description: 'Height and width in pixels.' }),
      offset: Type.Integer({ minimum: 0, default: 0, description: 'Index of the first image.' }),
      seed: Type.Union([Type.String(), Type.Integer()], { default: 0, description: 'Seed of the random numbers.' }),
    },
    { additionalProperties: false },
  ),
  inputs: {},
  outputs: { data: { kind: datasetKind, doc: 'The images with labels and masks.' } },
  light: true,
  examples: [
    `pipeline: training-and-test-set
steps:
  train: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 10, size: 16, offset: 40 } }
`,
  ],
  async run(context) {
    const { makeShapes: draw } = await import('../../datasets/shapes.ts');
    const { count, size, offset, seed } = context.params;
    return { data: await writeDataset(context, draw({ count, size, offset, seed: `${seed}` })) };
  },
});
