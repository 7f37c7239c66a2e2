// Card of a data set format: one frozen object per format, from which the parameters, the help and the keys of
// `load-dataset` are derived. This file knows no particular format.
import type { Static, TObject } from '@sinclair/typebox';
import type { Excerpt, ImageSet } from './image-set.ts';

/** Input of `open`: the parameters of the format, and the files that they name. */
export interface DatasetSource<P extends TObject> {
  /** The format's own parameters as the user gave them: validated, without defaults. */
  readonly params: Static<P>;
  /** Range of images to load. */
  readonly excerpt: Excerpt;
  /** Absolute path of the file or folder that a parameter names. @throws TypeError if the parameter is not given */
  readonly file: (parameter: string) => string;
  /** Absolute paths of the files that a parameter names, in order; empty if the parameter is not given. */
  readonly files: (parameter: string) => readonly string[];
}

export interface DatasetFormat<P extends TObject = TObject> {
  /** Value of the parameter `format`, in kebab-case; equal to the file name. */
  readonly name: string;
  /** Description in the help of `load-dataset`: one or two sentences, shown after the name. */
  readonly doc: string;
  /**
   * Version of the reader. It is part of the keys of `load-dataset` actions. Raise it when equal files give different
   * images.
   */
  readonly version: number;
  /**
   * Parameters of this format. Parameters that are not optional must be given. Parameters that are paths are marked
   * `file: { within: 'folder' }`. Two formats may have a parameter of the same name if the two schemas are equal except
   * for the description.
   */
  readonly params: P;
  /** Opens the images: checks the layout of the files, but decodes nothing. Decoders are loaded with `import()`. */
  open(source: DatasetSource<P>): ImageSet | Promise<ImageSet>;
}

/** Freezes a card and preserves its exact types. */
export function defineDatasetFormat<const P extends TObject>(format: DatasetFormat<P>): DatasetFormat<P> {
  return Object.freeze(format);
}
