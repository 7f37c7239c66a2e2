// Failures of weight files.
import { listNames } from '../did-you-mean.ts';
import type { Words } from '../words.ts';

export const weightsFailures = {
  /** A weight file that violates its format. `problem` completes the headline. */
  'bad-weights': ({ file, format, problem, found = {}, help }: BadWeights): Words => ({
    headline: `not a readable ${format} file: ${problem}`,
    values: { file, ...found },
    help: help ?? 'Copy or export the file again: it is damaged, or was made by a program that breaks the format.',
  }),
  /** A weight file in a format that Lethe does not read. */
  'unknown-weights-format': ({ file, looksLike, formats, help }: UnknownWeightsFormat): Words => ({
    headline: `${file} is not in a format that Lethe can read${looksLike === undefined ? '' : `: it looks like ${looksLike}`}`,
    values: { file, 'formats read': formats.join('; ') },
    help: help ?? 'Convert the weights to one of these formats.',
  }),
  /** A weight file that became shorter while it was read. */
  'weights-cut-short': ({ file }: { readonly file: string }): Words => ({
    headline: `${file} became shorter while it was read`,
    values: { file },
    help: 'Run again when the file is complete.',
  }),
  /** A weight tensor with an integer type. */
  'integer-weights': ({ file, tensor, dtype, accepted }: IntegerWeights): Words => ({
    headline: `${tensor} is not a floating-point tensor`,
    values: { file, tensor, dtype, accepted: accepted.join(', ') },
    help: 'Export the weights as float32.',
  }),
  /** A weight that is NaN or infinite. */
  'weights-not-finite': ({ file, tensor, index, isNaN, dtype }: WeightsNotFinite): Words => ({
    headline: `${tensor} holds ${isNaN ? 'NaN' : 'an infinite number'}`,
    values: { file, tensor, index: `[${index.join(', ')}]`, dtype },
    help: 'The outputs of the network would be meaningless. The training diverged or the export failed: export the weights again.',
  }),
  /** A weight below the smallest value that makes sense, such as a negative variance. */
  'weight-too-small': ({ file, tensor, index, value, least }: WeightTooSmall): Words => ({
    headline: `${tensor} holds ${value}, which is less than ${least}`,
    values: { file, tensor, index: `[${index}]`, value },
    help: `Export the weights again: values of this tensor must be at least ${least}, otherwise the network computes NaN.`,
  }),
  /** A weight file whose tensors differ from the tensors of the architecture. */
  'weights-mismatch': (given: WeightsMismatch): Words => {
    const { file, architecture, missing, extra, misshaped, renamed, fits } = given;
    const counts = [
      countTensors(missing, 'missing'),
      countTensors(extra, 'not expected'),
      countTensors(misshaped, 'of the wrong shape'),
    ].filter((part) => part !== '');
    return {
      headline: `${file} does not fit ${architecture}: ${counts.join(', ')}`,
      values: {
        file,
        architecture,
        ...(missing.length > 0 && { missing: listNames(missing) }),
        ...(extra.length > 0 && { 'not expected': listNames(extra) }),
        ...(misshaped.length > 0 && { 'wrong shape': listNames(misshaped, 6) }),
        ...(renamed.length > 0 && { 'perhaps renamed': listNames(renamed, 6) }),
      },
      help:
        fits === undefined
          ? 'Name the architecture (and its options: classes, filters, channels) with which the weights were trained, or rename the tensors in the export.'
          : `The file fits ${fits}: write architecture: ${fits}.`,
    };
  },
  /** A weight file does not describe its network, and the pipeline names no architecture. */
  'no-architecture': ({ file, format, known }: NoArchitecture): Words => ({
    headline: `${file} contains only weights: the architecture is missing`,
    values: { format, architectures: known.join(', ') },
    help: 'Name the architecture in the parameter `architecture`.',
  }),
  /** A weight file describes its network, but the pipeline also names an architecture. */
  'architecture-in-file': ({ file, format, architecture }: ArchitectureInFile): Words => ({
    headline: `${file} contains its own network description`,
    values: { format, architecture },
    help: 'Leave out `architecture` and `options`.',
  }),
} as const;

function countTensors(list: readonly string[], what: string): string {
  return list.length === 0 ? '' : `${list.length} tensor${list.length === 1 ? '' : 's'} ${what}`;
}

export interface BadWeights {
  readonly file: string;
  readonly format: string;
  readonly problem: string;
  /** Further labelled values. */
  readonly found?: Readonly<Record<string, string | number>>;
  readonly help?: string;
}

export interface UnknownWeightsFormat {
  readonly file: string;
  /** Likely format, guessed from the first bytes, e.g. `a zip archive`. */
  readonly looksLike?: string;
  /** Names and descriptions of the formats that are read. */
  readonly formats: readonly string[];
  readonly help?: string;
}

export interface IntegerWeights {
  readonly file: string;
  readonly tensor: string;
  readonly dtype: string;
  readonly accepted: readonly string[];
}

export interface WeightsNotFinite {
  readonly file: string;
  readonly tensor: string;
  readonly index: readonly number[];
  readonly isNaN: boolean;
  readonly dtype: string;
}

export interface WeightTooSmall {
  readonly file: string;
  readonly tensor: string;
  readonly index: number;
  readonly value: number;
  readonly least: number;
}

export interface WeightsMismatch {
  readonly file: string;
  readonly architecture: string;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  /** e.g. `a is [1], expected [2]`. */
  readonly misshaped: readonly string[];
  /** e.g. `a instead of b`. */
  readonly renamed: readonly string[];
  /** An architecture that the file fits. */
  readonly fits?: string;
}

export interface NoArchitecture {
  readonly file: string;
  readonly format: string;
  readonly known: readonly string[];
}

export interface ArchitectureInFile {
  readonly file: string;
  readonly format: string;
  /** The architecture that the pipeline names. */
  readonly architecture: string;
}
