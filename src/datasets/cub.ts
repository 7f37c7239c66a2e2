// The format `cub`: the layout of CUB-200-2011, also used by other data sets with bounding boxes. Required are
// images.txt, image_class_labels.txt and classes.txt; optional are bounding_boxes.txt, train_test_split.txt and
// segmentations/. If an image has no segmentation, its box becomes the mask.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { defineDatasetFormat } from './dataset-format.ts';
import { loadImages } from './image-files.ts';
import type { Box, ImageFile } from './image-files.ts';
import { excerptOf } from './image-set.ts';
import type { Excerpt, ImageSet } from './image-set.ts';

export const cub = defineDatasetFormat({
  name: 'cub',
  doc: 'The layout of CUB-200-2011. Masks come from the segmentations, else from the bounding boxes.',
  version: 1,
  params: Type.Object({
    images: Type.String({ file: { within: 'folder' }, description: 'The folder with images.txt.' }),
    split: Type.Optional(
      Type.Union([Type.Literal('train'), Type.Literal('test'), Type.Literal('all')], {
        description: 'Part of train_test_split.txt to load. Default: all images.',
      }),
    ),
  }),
  open: ({ params, file, excerpt }) => readCub(file('images'), { ...excerpt, split: params.split ?? 'all' }),
});

export interface CubOptions extends Excerpt {
  /** Part of train_test_split.txt to load; `offset` and `limit` refer to this part. */
  readonly split?: 'train' | 'test' | 'all';
}

/**
 * Opens the images in the order of images.txt. Masks come from `segmentations/<class>/<name>.png` if it exists, else
 * from the bounding box. Fails with `bad-layout` for a file that is missing or a line that contradicts the other files.
 */
export async function readCub(folder: string, options: CubOptions = {}): Promise<ImageSet> {
  const paths = await readList(folder, 'images.txt');
  const labels = await readList(folder, 'image_class_labels.txt');
  const classes = await readList(folder, 'classes.txt');
  const boxes = await readList(folder, 'bounding_boxes.txt', { optional: true });
  const split = options.split && options.split !== 'all' ? await readList(folder, 'train_test_split.txt') : undefined;
  const classIds = [...classes.keys()];
  const wanted = [...paths].filter(([id]) => !split || split.get(id) === (options.split === 'train' ? '1' : '0'));
  const [start, end] = excerptOf(wanted.length, options);
  const files = wanted.slice(start, end).map(([id, path]): ImageFile => {
    const label = classIds.indexOf(
      labels.get(id) ?? badLayout(folder, 'image_class_labels.txt', `has no line for image ${id}`),
    );
    if (label < 0) badLayout(folder, 'image_class_labels.txt', `gives image ${id} a class that is not in classes.txt`);
    const mask = join(folder, 'segmentations', path.replace(/\.[^./]*$/, '.png'));
    const box = boxes.get(id);
    return {
      path: join(folder, 'images', path),
      name: path,
      label,
      ...(existsSync(mask) ? { mask } : box !== undefined && { box: parseBox(box, folder, id) }),
    };
  });
  return {
    name: basename(folder),
    classes: [...classes.values()],
    count: files.length,
    remarks: [],
    images: () => loadImages(files),
  };
}

/** Reads a file of lines `id value` and returns the values by id. */
async function readList(folder: string, file: string, { optional = false } = {}): Promise<ReadonlyMap<string, string>> {
  const path = join(folder, file);
  if (!existsSync(path)) return optional ? new Map<string, string>() : badLayout(folder, file, 'is missing');
  const text = await readFile(path, 'utf8').catch((error: unknown) =>
    badLayout(folder, file, `cannot be read: ${(error as Error).message}`),
  );
  const list = new Map<string, string>();
  for (const [number, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const match = /^\s*(\S+)\s+(.*\S)\s*$/.exec(line);
    const [id, rest] = [match?.[1], match?.[2]];
    if (id === undefined || rest === undefined)
      badLayout(folder, file, `has a line ${number + 1} that is not "id value"`);
    else list.set(id, rest);
  }
  return list;
}

function parseBox(text: string, folder: string, id: string): Box {
  const [x, y, width, height] = text.split(/\s+/).map(Number);
  if (![x, y, width, height].every(Number.isFinite))
    badLayout(folder, 'bounding_boxes.txt', `does not have four numbers for image ${id}`);
  return { x: x as number, y: y as number, width: width as number, height: height as number };
}

function badLayout(folder: string, file: string, problem: string): never {
  return fail(failure('bad-layout', { folder, file, problem }));
}
