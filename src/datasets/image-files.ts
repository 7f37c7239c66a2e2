// Loads the images of a data set from image files with masks or boxes. All formats that store one file per image share
// this code.
import { fail, failure } from '../runtime/contracts/failure.ts';
import { decodeImage } from './decode-image.ts';
import type { LabelledImage } from './image-set.ts';

/** Rectangle in pixels of the stored image. (x, y) is the upper left corner of the rectangle. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ImageFile {
  readonly path: string;
  readonly name: string;
  readonly label: number;
  /** Path of the mask file (0 is background, 255 is object). The mask takes precedence over the box. */
  readonly mask?: string;
  readonly box?: Box;
}

interface ImageSize {
  readonly height: number;
  readonly width: number;
}

/**
 * Decodes the files one after another, with their masks. Fails with `unreadable-image` or `mask-size`, naming the
 * files.
 */
export async function* loadImages(files: readonly ImageFile[]): AsyncGenerator<LabelledImage> {
  for (const file of files) {
    const image = await decodeImage(file.path);
    const size = { height: image.height, width: image.width };
    const mask =
      file.mask !== undefined ? await readMask(file.mask, file.path, size) : file.box && maskOfBox(file.box, size);
    yield { ...image, channels: 3, label: file.label, name: file.name, ...(mask && { mask }) };
  }
}

async function readMask(path: string, image: string, size: ImageSize): Promise<Uint8Array> {
  const { pixels, height, width } = await decodeImage(path);
  if (height !== size.height || width !== size.width) {
    fail(
      failure('mask-size', {
        image,
        imageSize: [size.width, size.height],
        mask: path,
        maskSize: [width, height],
      }),
    );
  }
  return Uint8Array.from({ length: height * width }, (_, i) => ((pixels[3 * i] as number) > 127 ? 1 : 0));
}

/** Mask of a box: 1 for pixels whose centre lies inside it. */
export function maskOfBox(box: Box, { height, width }: ImageSize): Uint8Array {
  const mask = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    if (y + 0.5 < box.y || y + 0.5 > box.y + box.height) continue;
    for (let x = 0; x < width; x++) if (x + 0.5 >= box.x && x + 0.5 <= box.x + box.width) mask[y * width + x] = 1;
  }
  return mask;
}
