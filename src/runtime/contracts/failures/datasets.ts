// Failures of data sets: their files, and the parameters that name these files.
import type { Words } from '../words.ts';

export const datasetsFailures = {
  /** A binary file of the data set has no bytes. `help` is advice for its format. */
  'empty-data-file': ({ file, help }: { readonly file: string; readonly help: string }): Words => ({
    headline: 'a file of the data set is empty',
    values: { file },
    help,
  }),
  /** A binary file ends within a record. */
  'truncated-file': ({ file, record, recordBytes, missing }: TruncatedFile): Words => ({
    headline: `a file of the data set ends in the middle of record ${record}`,
    values: { file, 'whole records': record, 'bytes missing': missing },
    help: `Download it again: the size of a complete file is a multiple of ${recordBytes} bytes. The Python and Matlab versions of CIFAR-10 have different formats.`,
  }),
  /** A file became shorter between two reads. */
  'shrunk-file': ({ file, record }: { readonly file: string; readonly record: number }): Words => ({
    headline: 'a file of the data set became shorter while it was read',
    values: { file, record },
    help: 'Run again when no program writes to the file.',
  }),
  /** A label outside 0..classes-1. */
  'bad-label': ({ file, record, label, classes }: BadLabel): Words => ({
    headline: `label ${label} is outside 0..${classes - 1}`,
    values: { file, record },
    help: 'The file is damaged or has a different format: in CIFAR-100, for example, every record has two label bytes.',
  }),
  /**
   * A file of the CUB layout is missing or contradicts the other files. `problem` is the predicate of the headline,
   * e.g. "is missing".
   */
  'bad-layout': ({ folder, file, problem }: BadLayout): Words => ({
    headline: `${file} ${problem}`,
    values: { folder },
    help: 'The CUB-200-2011 layout has images.txt, image_class_labels.txt and classes.txt beside images/; for a plain folder of images use format: image-folder.',
  }),
  /** An image file is missing, damaged or of an unknown format. */
  'unreadable-image': ({ file, why }: { readonly file: string; readonly why: string }): Words => ({
    headline: 'an image cannot be read',
    values: { file, why },
    help: 'Open it in a viewer; replace or remove the file if it is damaged.',
  }),
  /** A mask and its image differ in size, [width, height] in pixels. */
  'mask-size': ({ image, imageSize, mask, maskSize }: MaskSize): Words => ({
    headline: 'a mask and its image differ in size',
    values: { image, 'image size': imageSize.join(' x '), mask, 'mask size': maskSize.join(' x ') },
    help: 'A mask marks every pixel of its image: give it the same width and height.',
  }),
  /** Some images lie in class folders, others directly in the parent folder. */
  'mixed-folder': ({ folder, beside, classes }: MixedFolder): Words => ({
    headline: 'some images are in class folders and others are not',
    values: { folder, 'outside class folders': beside.join(', '), 'class folders': classes.join(', ') },
    help: 'Put every image into a class folder, or all of them into one folder without subfolders.',
  }),
  /** A folder of images is missing, is not a folder, or may not be read by the user. */
  'unreadable-folder': ({ folder, why }: { readonly folder: string; readonly why: string }): Words => ({
    headline: 'a folder of images cannot be read',
    values: { folder, why },
    help: 'Name an existing folder.',
  }),
  /** A data set has no image, or none in the range of `offset` and `limit`. */
  'empty-dataset': ({ dataset }: { readonly dataset: string }): Words => ({
    headline: 'the data set has no images',
    values: { 'data set': dataset },
    help: 'Check the folder or file. Check also `offset` and `limit`, which count images from 0.',
  }),
  /** A parameter that the format needs is left out. */
  'format-needs-parameter': ({ format, parameter }: FormatParameter): Words => ({
    headline: `format ${format} needs the parameter ${parameter}`,
    help: 'Give it under "with:"; `lethe nodes load-dataset` explains it.',
  }),
  /**
   * A parameter that the chosen format does not take. `formats` lists the formats that take it; `takes` lists the
   * parameters of the chosen format.
   */
  'parameter-of-another-format': ({ format, parameter, takes, formats }: ForeignParameter): Words => ({
    headline: `format ${format} does not take the parameter ${parameter}`,
    values: { [`${parameter} is for`]: formats.join(', '), [`${format} takes`]: takes.join(', ') },
    help: `Remove ${parameter}, or choose another format.`,
  }),
} as const;

export interface TruncatedFile {
  readonly file: string;
  /** Position of the incomplete record. */
  readonly record: number;
  readonly recordBytes: number;
  readonly missing: number;
}

export interface BadLabel {
  readonly file: string;
  readonly record: number;
  readonly label: number;
  readonly classes: number;
}

export interface BadLayout {
  readonly folder: string;
  readonly file: string;
  readonly problem: string;
}

export interface MaskSize {
  readonly image: string;
  readonly imageSize: readonly [number, number];
  readonly mask: string;
  readonly maskSize: readonly [number, number];
}

export interface MixedFolder {
  readonly folder: string;
  readonly beside: readonly string[];
  readonly classes: readonly string[];
}

export interface FormatParameter {
  readonly format: string;
  readonly parameter: string;
}

export interface ForeignParameter extends FormatParameter {
  readonly takes: readonly string[];
  readonly formats: readonly string[];
}
