// The card of a family of architectures: its names, its options, and how to build one. Nodes, schemas and messages read it.
import type { Static, TObject } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { InputSpec } from '../network.ts';
import type { Architecture } from './architecture.ts';

export interface ZooCard<P extends TObject = TObject> {
  /** kebab-case; equals the file name. */
  readonly name: string;
  /** One or two sentences: the layers, their names and short names. */
  readonly doc: string;
  /** Names to suggest and list. */
  readonly names: readonly string[];
  /** Further names that the family answers to, and how they are listed: `resnet<depth> for any depth 6n + 2`. */
  readonly more?: { readonly pattern: RegExp; readonly doc: string };
  /** Options, all with a default or optional: those of `imageOptions`, and the family's own. */
  readonly params: P;
  /**
   * The architecture of this name.
   * @param options validated, with defaults. Throws `FailureError` where they cannot go together
   */
  readonly build: (name: string, options: Static<P>) => Architecture;
}

/** Freezes a card. The types of its options are checked against `build` here and forgotten afterwards. */
export function defineArchitecture<const P extends TObject>(card: ZooCard<P>): ZooCard {
  return Object.freeze(card);
}

/** Options that every architecture has. Those without default follow from the channels: see `inputSpec`. */
export const imageOptions = {
  classes: Type.Integer({ minimum: 2, maximum: 100_000, default: 10, description: 'Number of classes.' }),
  height: Type.Integer({ minimum: 1, maximum: 4096, default: 32, description: 'Height of the images in pixels.' }),
  width: Type.Integer({ minimum: 1, maximum: 4096, default: 32, description: 'Width of the images in pixels.' }),
  channels: Type.Integer({ minimum: 1, maximum: 64, default: 3, description: 'Channels of the images.' }),
  mean: Type.Optional(
    Type.Array(Type.Number(), { minItems: 1, description: 'Mean per channel, subtracted from pixel / 255.' }),
  ),
  std: Type.Optional(
    Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, description: 'Divisor per channel.' }),
  ),
};

/** The width of architectures whose stages double their channels. */
export const doublingFilters = Type.Integer({
  minimum: 2,
  maximum: 4096,
  multipleOf: 2,
  default: 16,
  description: 'Channels of the first stage; each later stage has twice as many.',
});

type ImageOptions = Static<ReturnType<typeof Type.Object<typeof imageOptions>>>;

// Means and deviations of ImageNet, which the published CIFAR-10 weights were trained with.
const RGB_MEAN = [0.485, 0.456, 0.406];
const RGB_STD = [0.229, 0.224, 0.225];

/**
 * The input that the options ask for. Mean and deviation are by default those of the published networks for three channels, 0.5 and
 * 0.25 for other numbers. Throws `FailureError` (`bad-normalisation`).
 */
export function inputSpec(options: Omit<ImageOptions, 'classes'>): InputSpec {
  const { height, width, channels } = options;
  const mean = options.mean ?? (channels === 3 ? RGB_MEAN : Array<number>(channels).fill(0.5));
  const std = options.std ?? (channels === 3 ? RGB_STD : Array<number>(channels).fill(0.25));
  if (mean.length !== channels || std.length !== channels) fail(failure('bad-normalisation', { channels, mean, std }));
  return { height, width, channels, scale: 1 / 255, mean, std };
}
