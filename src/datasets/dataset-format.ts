// The card of a data set reader: one frozen object per reader's file, from which the parameters, the help and the keys of
// `load-dataset` follow. This file knows no reader.
import type { Static, TObject } from '@sinclair/typebox';
import type { Excerpt, ImageSet } from './image-set.ts';

/** The source that a reader opens. */
export interface DatasetSource<P extends TObject> {
  /** The format's own parameters as the user gave them: validated, no defaults filled in. */
  readonly params: Static<P>;
  /** Images wanted, by position. */
  readonly excerpt: Excerpt;
  /** Absolute path of the file or folder that a parameter names. @throws TypeError where the parameter is left out. */
  readonly file: (parameter: string) => string;
  /** Absolute paths of the files that a parameter names, in order; none where the parameter is left out. */
  readonly files: (parameter: string) => readonly string[];
}

export interface DatasetFormat<P extends TObject = TObject> {
  /** Value of the parameter `format`: kebab-case, equal to the file name. */
  readonly name: string;
  /** One or two sentences that follow the name in the help of `load-dataset`. */
  readonly doc: string;
  /** Part of the keys of what was read. Raise it when equal files give other images. */
  readonly version: number;
  /**
   * Parameters of this format alone. The user must give those that are not optional. Paths are marked `file: { within: 'folder' }`.
   * Two formats may share a parameter if its schema is the same but for the description.
   */
  readonly params: P;
  /** Opens the images. It checks the layout of the files and decodes nothing; decoders are loaded with `import()`. */
  open(source: DatasetSource<P>): ImageSet | Promise<ImageSet>;
}

/** Freezes a card and keeps its exact types. */
export function defineDatasetFormat<const P extends TObject>(format: DatasetFormat<P>): DatasetFormat<P> {
  return Object.freeze(format);
}
