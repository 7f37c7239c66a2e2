// The format `image-folder`: a folder of JPEG and PNG images, either with one subfolder per class or with all images of
// a single class. A second folder may contain masks: PNG files with the same names.
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../runtime/contracts/failure.ts';
import { defineDatasetFormat } from './dataset-format.ts';
import { imageName } from './decode-image.ts';
import { loadImages } from './image-files.ts';
import type { ImageFile } from './image-files.ts';
import { excerptOf } from './image-set.ts';
import type { Excerpt, ImageSet } from './image-set.ts';

export const imageFolder = defineDatasetFormat({
  name: 'image-folder',
  doc: 'A folder of JPEG or PNG files, with or without one subfolder per class, and optionally a folder of PNG masks with the same names (255 is object, 0 background).',
  version: 1,
  params: Type.Object({
    images: Type.String({ file: { within: 'folder' }, description: 'The folder with the images.' }),
    masks: Type.Optional(Type.String({ file: { within: 'folder' }, description: 'The folder with the masks.' })),
  }),
  open: ({ file, files, excerpt }) => {
    const [masks] = files('masks');
    return readImageFolder(file('images'), { ...excerpt, ...(masks !== undefined && { masks }) });
  },
});

export interface ImageFolderOptions extends Excerpt {
  /** Folder of masks: `<class>/<name>.png` or `<name>.png` for the image `<class>/<name>.jpg`. */
  readonly masks?: string;
}

/**
 * Opens the images in the order of class name, then file name (by UTF-16 code unit, the same on every machine). Files
 * of other types and hidden files are skipped. Fails with `mixed-folder` if images lie beside class folders.
 */
export async function readImageFolder(folder: string, options: ImageFolderOptions = {}): Promise<ImageSet> {
  const found = await listImages(folder);
  const [start, end] = excerptOf(found.files.length, options);
  const masks = options.masks === undefined ? undefined : await listMasks(options.masks);
  const files = found.files.slice(start, end).map((file) => (masks ? withMask(file, masks) : file));
  const bare = masks ? files.filter((file) => file.mask === undefined).length : 0;
  return {
    name: basename(folder),
    classes: found.classes,
    count: files.length,
    remarks: bare > 0 ? [`${bare} of ${files.length} images have no mask in ${options.masks}`] : [],
    images: () => loadImages(files),
  };
}

async function listImages(
  folder: string,
): Promise<{ readonly classes: readonly string[]; readonly files: readonly ImageFile[] }> {
  const entries = await listFolder(folder);
  const loose = entries
    .filter((entry) => !entry.isDirectory() && imageName.test(entry.name))
    .map((entry) => entry.name);
  const classes: string[] = [];
  const files: ImageFile[] = [];
  for (const entry of entries.filter((candidate) => candidate.isDirectory())) {
    const names = (await listFolder(join(folder, entry.name)))
      .filter((file) => !file.isDirectory() && imageName.test(file.name))
      .map((file) => file.name);
    if (names.length === 0) continue;
    for (const name of names)
      files.push({ path: join(folder, entry.name, name), name: `${entry.name}/${name}`, label: classes.length });
    classes.push(entry.name);
  }
  if (loose.length === 0) return { classes, files };
  if (files.length > 0) {
    fail(failure('mixed-folder', { folder, beside: loose.slice(0, 3), classes: classes.slice(0, 3) }));
  }
  return { classes: [basename(folder)], files: loose.map((name) => ({ path: join(folder, name), name, label: 0 })) };
}

/**
 * Lists the entries of a folder, sorted by name. Hidden entries are left out, because operating systems put files such
 * as `._1.png` beside images.
 */
async function listFolder(folder: string): Promise<readonly { readonly name: string; isDirectory(): boolean }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) =>
    fail(failure('unreadable-folder', { folder, why: String(error) })),
  );
  return entries.filter(({ name }) => !name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function listMasks(folder: string): Promise<ReadonlyMap<string, string>> {
  const masks = new Map<string, string>();
  for (const entry of await listFolder(folder)) {
    const names = entry.isDirectory()
      ? (await listFolder(join(folder, entry.name))).map((file) => join(entry.name, file.name))
      : [entry.name];
    for (const name of names) if (/\.png$/i.test(name)) masks.set(withoutExtension(name), join(folder, name));
  }
  return masks;
}

function withMask(file: ImageFile, masks: ReadonlyMap<string, string>): ImageFile {
  const mask = masks.get(withoutExtension(file.name)) ?? masks.get(withoutExtension(basename(file.name)));
  return mask === undefined ? file : { ...file, mask };
}

function withoutExtension(name: string): string {
  return name.replace(/\.[^./]*$/, '').replaceAll('\\', '/');
}
