// `load-dataset`: images from files. One reader of src/datasets per format; this file only chooses and checks.
import { Type } from '@sinclair/typebox';
import { defineNode } from '../../runtime/contracts/define.ts';
import type { NodeMistake } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import type { Failure } from '../../runtime/contracts/failure.ts';
import { datasetKind, writeDataset } from '../kinds/dataset.ts';
import type { ImageSet } from '../../datasets/image-set.ts';

/** Which parameters, beyond those of every format, a format takes; the first is needed. */
const parameters = {
  cifar10: ['files'],
  'image-folder': ['images', 'masks'],
  cub: ['images', 'split'],
} as const;

const special = ['files', 'images', 'masks', 'split'] as const;

export const loadDataset = defineNode({
  type: 'load-dataset',
  version: 2,
  doc: `Reads labelled images, with object masks where there are some.

Formats: \`cifar10\` is the binary version of CIFAR-10 (\`files\`). \`image-folder\` is a folder (\`images\`) of JPEG or PNG files, one subfolder per class or none, and optionally a folder of PNG masks of the same names (\`masks\`; 255 is object, 0 background). \`cub\` is the layout of CUB-200-2011 (\`images\` names the folder with images.txt); masks are its segmentations, or else its boxes.`,
  params: Type.Object(
    {
      format: Type.Union([Type.Literal('cifar10'), Type.Literal('image-folder'), Type.Literal('cub')], {
        description: 'Layout of the files.',
      }),
      folder: Type.Optional(Type.String({ description: 'Folder in which the other paths are, if they share one.' })),
      files: Type.Optional(
        Type.Array(Type.String({ file: { within: 'folder' } }), {
          minItems: 1,
          description: 'cifar10: binary files, joined in this order.',
        }),
      ),
      images: Type.Optional(Type.String({ file: { within: 'folder' }, description: 'image-folder, cub: the folder.' })),
      masks: Type.Optional(
        Type.String({ file: { within: 'folder' }, description: 'image-folder: the folder with the masks.' }),
      ),
      split: Type.Optional(
        Type.Union([Type.Literal('train'), Type.Literal('test'), Type.Literal('all')], {
          description: 'cub: the part of train_test_split.txt to take; all if left out.',
        }),
      ),
      offset: Type.Integer({ minimum: 0, default: 0, description: 'How many images to pass over.' }),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, description: 'How many images to take at most; all if left out.' }),
      ),
      size: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 4096,
          description: 'Resize images and masks to this height and width (bilinear, smoothed when shrinking).',
        }),
      ),
    },
    { additionalProperties: false },
  ),
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
  check: ({ params }) => misfits(params),
  async run(context) {
    const { offset, limit, size } = context.params;
    const [misfit] = misfits(context.params);
    if (misfit !== undefined) fail(misfit);
    const set = await openSet(context, { offset, ...(limit !== undefined && { limit }) });
    if (size === undefined) return { data: await writeDataset(context, set) };
    const { resizeSet } = await import('../../datasets/resize-image.ts');
    return { data: await writeDataset(context, resizeSet(set, { height: size, width: size })) };
  },
});

type Misfit = NodeMistake & Failure;

/** Parameters that the format needs and lacks, or that are not for it. */
function misfits(
  params: { readonly format: keyof typeof parameters } & { readonly [Name in (typeof special)[number]]?: unknown },
): readonly Misfit[] {
  const { format } = params;
  const [needed] = parameters[format];
  const uses: readonly string[] = parameters[format];
  const missing = {
    reason: 'missing-parameter',
    headline: `format ${format} needs the parameter ${needed}`,
    help: `Give it under "with:"; \`lethe nodes load-dataset\` explains it.`,
    pointer: '/format',
  };
  const extra = special
    .filter((name) => params[name] !== undefined && !uses.includes(name))
    .map((name) => ({
      reason: 'unused-parameter',
      headline: `format ${format} does not use the parameter ${name}`,
      values: { uses: uses.join(', ') },
      help: `Remove ${name}.`,
      pointer: `/${name}`,
    }));
  return params[needed] === undefined ? [missing, ...extra] : extra;
}

interface Source {
  readonly params: {
    readonly format: keyof typeof parameters;
    readonly files?: readonly string[];
    readonly split?: 'train' | 'test' | 'all';
  };
  readonly files: Readonly<Record<string, string>>;
}

async function openSet(
  { params, files }: Source,
  excerpt: { readonly offset: number; readonly limit?: number },
): Promise<ImageSet> {
  switch (params.format) {
    case 'cifar10': {
      const { readCifar10 } = await import('../../datasets/cifar10.ts');
      return readCifar10(
        (params.files ?? []).map((_, i) => files[`/files/${String(i)}`] as string),
        excerpt,
      );
    }
    case 'image-folder': {
      const { readImageFolder } = await import('../../datasets/image-folder.ts');
      const masks = files['/masks'];
      return readImageFolder(files['/images'] as string, { ...excerpt, ...(masks !== undefined && { masks }) });
    }
    case 'cub': {
      const { readCub } = await import('../../datasets/cub.ts');
      return readCub(files['/images'] as string, { ...excerpt, split: params.split ?? 'all' });
    }
  }
}
