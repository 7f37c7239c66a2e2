// `brightness`: a node type of this project. It maps over the images of a data set, so the result of every image is
// cached separately.
import { defineKind, defineNode, Type } from 'lethe';
import { datasetKind } from 'lethe/kinds';

const brightnessTable = defineKind({
  name: 'brightness',
  doc: 'Mean brightness of images.',
  codec: 'table',
  columns: {
    image: { type: 'utf8', doc: 'Digest of the pixels.' },
    index: { type: 'int32', doc: 'Position in the data set.' },
    brightness: { type: 'float64', unit: '1', doc: 'Mean of the pixels, from 0 (black) to 1 (white).' },
  },
});

export const brightness = defineNode({
  type: 'brightness',
  version: 1,
  doc: 'Measures how bright images are.',
  params: Type.Object({
    gamma: Type.Number({ exclusiveMinimum: 0, default: 1, description: 'Power to which pixels are raised first.' }),
  }),
  inputs: { data: { kind: datasetKind, perItem: true, doc: 'The images.' } },
  outputs: { table: { kind: brightnessTable, doc: 'One row per image.' } },
  examples: [
    `pipeline: brightness-of-shapes
steps:
  images: { use: make-shapes, with: { count: 2, size: 16 } }
  brightness: { use: brightness, from: { data: images } }
`,
  ],
  items: {
    over: 'data',
    batch: 100,
    async run(context) {
      for (const item of context.items) {
        const pixels = await item.inputs['data']!.bytes();
        let sum = 0;
        for (const pixel of pixels) sum += (pixel / 255) ** context.params.gamma;
        await context.emit(item, [{ image: item.id, brightness: sum / pixels.length }]); // the engine adds `index`
      }
    },
  },
});
