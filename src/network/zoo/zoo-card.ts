// Card of a family of architectures: its names, its options, and a function that builds an architecture. Nodes, schemas
// and messages read cards.
import type { Static, TObject } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { InputSpec } from '../network.ts';
import type { Architecture } from './architecture.ts';

export interface ZooCard<P extends TObject = TObject> {
  /** Name in kebab-case; equal to the file name. */
  readonly name: string;
  /** Description in one or two sentences: the layers, their names and short names. */
  readonly doc: string;
  /** Names of architectures in the family, for lists and suggestions. */
  readonly names: readonly string[];
  /** Pattern for further names of the family. `doc` describes them in lists: `resnet<depth> for any depth 6n + 2`. */
  readonly more?: { readonly pattern: RegExp; readonly doc: string };
  /** Schema of the options: `imageOptions`, and the family's own options. Each option is optional or has a default. */
  readonly params: P;
  /**
   * Builds the architecture with this name.
   * @param options validated, defaults filled in
   * @throws FailureError if options cannot be combined
   */
  readonly build: (name: string, options: Static<P>) => Architecture;
}

/**
 * Freezes a card. TypeScript checks here that `build` takes options of the declared type. The returned type does not
 * contain the option type, so that all cards have one type.
 */
export function defineArchitecture<const P extends TObject>(card: ZooCard<P>): ZooCard {
  return Object.freeze(card);
}

/**
 * Options of every architecture. The defaults of `mean` and `std` depend on the number of channels (see `inputSpec`).
 */
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

/** Schema of the option `filters`, for architectures in which every stage doubles the number of channels. */
export const doublingFilters = Type.Integer({
  minimum: 2,
  maximum: 4096,
  multipleOf: 2,
  default: 16,
  description: 'Channels of the first stage; each later stage has twice as many.',
});

type ImageOptions = Static<ReturnType<typeof Type.Object<typeof imageOptions>>>;

// Mean and standard deviation of ImageNet. The published CIFAR-10 weights were trained with these values.
const RGB_MEAN = [0.485, 0.456, 0.406];
const RGB_STD = [0.229, 0.224, 0.225];

/**
 * Creates the input specification from the options. For three channels, the default mean and std are the values of
 * ImageNet, as in the published networks. Otherwise they are 0.5 and 0.25. Throws `FailureError` (`bad-normalisation`)
 * if mean or std does not have one value per channel.
 */
export function inputSpec(options: Omit<ImageOptions, 'classes'>): InputSpec {
  const { height, width, channels } = options;
  const mean = options.mean ?? (channels === 3 ? RGB_MEAN : Array<number>(channels).fill(0.5));
  const std = options.std ?? (channels === 3 ? RGB_STD : Array<number>(channels).fill(0.25));
  if (mean.length !== channels || std.length !== channels) fail(failure('bad-normalisation', { channels, mean, std }));
  return { height, width, channels, scale: 1 / 255, mean, std };
}
