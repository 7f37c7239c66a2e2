// Node type `load-dataset`: images from files. It knows no format: the cards in src/datasets/ define the formats and
// their parameters.
import { Type } from '@sinclair/typebox';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import type { DatasetFormat, DatasetSource } from '../../datasets/dataset-format.ts';
import { formatParams, misfits } from '../../datasets/format-params.ts';
import { DATASET_FORMATS } from '../../datasets/index.ts';
import type { Excerpt } from '../../datasets/image-set.ts';
import { datasetKind, writeDataset } from '../kinds/dataset.ts';

const commonParams = {
  format: Type.Union(
    DATASET_FORMATS.map(({ name }) => Type.Literal(name)),
    { description: 'Layout of the files.' },
  ),
  folder: Type.Optional(
    Type.String({ description: 'Folder to which the other paths are relative, if they share one.' }),
  ),
  offset: Type.Integer({ minimum: 0, default: 0, description: 'Number of images to skip.' }),
  limit: Type.Optional(Type.Integer({ minimum: 1, description: 'Largest number of images to load. Default: all.' })),
  size: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 4096,
      description: 'Resize images and masks to this height and width (bilinear, smoothed when shrinking).',
    }),
  ),
};

/**
 * Returns the card of the format that `params.format` names. The version of the card is part of the key of the action.
 */
function formatOf({ format }: Readonly<Record<string, unknown>>): DatasetFormat {
  const found = DATASET_FORMATS.find(({ name }) => name === format);
  if (found === undefined) throw new TypeError(`no data set format ${String(format)}`);
  return found;
}

export const loadDataset = defineNode({
  type: 'load-dataset',
  version: 2,
  doc: `Reads labelled images, with object masks if the format has them.

${DATASET_FORMATS.map(({ name, doc }) => `Format \`${name}\`: ${doc}`).join('\n\n')}`,
  params: Type.Object({ ...commonParams, ...formatParams(DATASET_FORMATS) }, { additionalProperties: false }),
  inputs: {},
  outputs: { data: { kind: datasetKind, doc: 'The images with labels, and masks where known.' } },
  light: true,
  examples: [
    `pipeline: own-images
steps:
  data:
    use: load-dataset
    with: { format: image-folder, folder: examples/shapes-folder, images: images, masks: masks, size: 16 }
`,
  ],
  check: ({ params }) => misfits(DATASET_FORMATS, formatOf(params), params),
  cards: (params) => {
    const { name, version } = formatOf(params);
    return { [`dataset-format/${name}`]: version };
  },
  async run(context) {
    const { params, files } = context;
    const format = formatOf(params);
    const [misfit] = misfits(DATASET_FORMATS, format, params);
    if (misfit !== undefined) fail(misfit);
    const { offset, limit, size } = params;
    const set = await format.open(
      sourceOf(format, params, files, { offset, ...(limit === undefined ? {} : { limit }) }),
    );
    if (size === undefined) return { data: await writeDataset(context, set) };
    const { resizeSet } = await import('../../datasets/resize-image.ts');
    return { data: await writeDataset(context, resizeSet(set, { height: size, width: size })) };
  },
});

function sourceOf(
  format: DatasetFormat,
  params: Readonly<Record<string, unknown>>,
  files: Readonly<Record<string, string>>,
  excerpt: Excerpt,
): DatasetSource<DatasetFormat['params']> {
  const own = Object.keys(format.params.properties).filter((name) => params[name] !== undefined);
  const filesOf = (name: string): readonly string[] => {
    const value = params[name];
    const pointers = Array.isArray(value) ? value.map((_, i) => `/${name}/${i}`) : [`/${name}`];
    return pointers.flatMap((pointer) => files[pointer] ?? []);
  };
  return {
    params: Object.fromEntries(own.map((name) => [name, params[name]])),
    excerpt,
    files: filesOf,
    file: (name) => {
      const [path] = filesOf(name);
      if (path === undefined)
        throw new TypeError(`format ${format.name}: the parameter ${name} is not the path of a file`);
      return path;
    },
  };
}
