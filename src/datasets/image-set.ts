// Set of images that the reader of every format returns. The set yields images one at a time, so that a data set need
// not fit in memory.

/** An image with its label, and its mask if there is one. */
export interface LabelledImage {
  /** 8-bit values, row by row, channels last: length height * width * channels. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Index into `ImageSet.classes`. */
  readonly label: number;
  /** Name in messages: a file name, or a file name and a record number. */
  readonly name: string;
  /** Object mask: 1 on the object, 0 on the background; length height * width. */
  readonly mask?: Uint8Array;
}

export interface ImageSet {
  readonly name: string;
  readonly classes: readonly string[];
  /** Number of images that `images` yields. */
  readonly count: number;
  /** Warnings about the whole set for the user. */
  readonly remarks: readonly string[];
  images(): AsyncIterable<LabelledImage>;
}

/** Range of the images of a source: `limit` images (default: all) from position `offset` on. */
export interface Excerpt {
  readonly offset?: number;
  readonly limit?: number;
}

/** Returns the first position of the range and the position after its last image, both at most `count`. */
export function excerptOf(count: number, { offset = 0, limit = Infinity }: Excerpt): readonly [number, number] {
  const start = Math.min(offset, count);
  return [start, Math.min(count, start + limit)];
}
