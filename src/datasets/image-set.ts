// What every reader of this folder hands over: images one at a time, so that a data set never has to fit in memory.

/** One image with what is known of it. */
export interface LabelledImage {
  /** 8-bit values, row by row, channels last: length height * width * channels. */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Index into `ImageSet.classes`. */
  readonly label: number;
  /** Where it came from, for people: a file name, a record number. */
  readonly name: string;
  /** 1 on the object, 0 on the background; length height * width. */
  readonly mask?: Uint8Array;
}

export interface ImageSet {
  readonly name: string;
  readonly classes: readonly string[];
  /** How many images `images` will give. */
  readonly count: number;
  /** Remarks on the whole set that its user should see. */
  readonly remarks: readonly string[];
  images(): AsyncIterable<LabelledImage>;
}

/** Which images of a source are wanted, by position. */
export interface Excerpt {
  readonly offset?: number;
  readonly limit?: number;
}

/** First position and one past the last, within `count` images. */
export function excerptOf(count: number, { offset = 0, limit = Infinity }: Excerpt): readonly [number, number] {
  const start = Math.min(offset, count);
  return [start, Math.min(count, start + limit)];
}
