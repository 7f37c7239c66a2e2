// An architecture: a network whose weights are only named and shaped. Weights come from a file (`bindWeights`) or from a seed
// (`initialise`).
import type { Static, TObject } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import type { Digest } from '../../runtime/contracts/artifact.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import type { InputSpec, Layer, Network } from '../network.ts';
import type { Shape } from '../shapes.ts';

/** A tensor an architecture expects: its name in weight files, and its shape. */
export interface ExpectedTensor {
  readonly tensor: string;
  readonly shape: Shape;
}

export interface LayerPlan extends Omit<Layer, 'weights'> {
  readonly weights: Readonly<Record<string, ExpectedTensor>>;
}

export interface Architecture extends Omit<Network, 'layers' | 'architecture'> {
  readonly architecture: string;
  readonly layers: readonly LayerPlan[];
}

/** What may be chosen of a zoo architecture; what is left out takes the value of the published networks. */
export const architectureOptions = Type.Object(
  {
    classes: Type.Optional(Type.Integer({ minimum: 2, maximum: 100_000, description: 'Number of classes (10)' })),
    height: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 4096, description: 'Height of the images in pixels (32)' }),
    ),
    width: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 4096, description: 'Width of the images in pixels (32)' }),
    ),
    channels: Type.Optional(Type.Integer({ minimum: 1, maximum: 64, description: 'Channels of the images (3)' })),
    filters: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 4096,
        multipleOf: 2,
        description: 'Channels of the first stage; later stages double them (16)',
      }),
    ),
    batch_norm: Type.Optional(
      Type.Boolean({ description: 'small-conv only: batch-norm after every convolution (true)' }),
    ),
    mean: Type.Optional(
      Type.Array(Type.Number(), { minItems: 1, description: 'Mean per channel that is taken off pixel / 255.' }),
    ),
    std: Type.Optional(
      Type.Array(Type.Number({ exclusiveMinimum: 0 }), { minItems: 1, description: 'Divisor per channel.' }),
    ),
  },
  { additionalProperties: false, description: 'What differs from the published network.' },
);

export type ArchitectureOptions = Static<typeof architectureOptions>;

/** A family of architectures of the zoo. */
export interface ZooCard {
  readonly name: string;
  readonly doc: string;
  /** Names to suggest and list; a family may answer to more (`resnet<depth>`). */
  readonly names: readonly string[];
  readonly params: TObject;
  /** The architecture called `name`, or undefined where the name is not of this family. Throws `FailureError` for impossible options. */
  build(name: string, options: ArchitectureOptions): Architecture | undefined;
}

// Means and deviations of ImageNet, which the published CIFAR-10 weights were trained with.
const RGB_MEAN = [0.485, 0.456, 0.406];
const RGB_STD = [0.229, 0.224, 0.225];

/** The input the options ask for; default 32 x 32 RGB with the means of the published networks, 0.5 and 0.25 for other channels. */
export function inputSpec(options: ArchitectureOptions): InputSpec {
  const channels = options.channels ?? 3;
  const mean = options.mean ?? (channels === 3 ? RGB_MEAN : Array<number>(channels).fill(0.5));
  const std = options.std ?? (channels === 3 ? RGB_STD : Array<number>(channels).fill(0.25));
  if (mean.length !== channels || std.length !== channels) {
    fail({
      reason: 'bad-architecture',
      headline: 'the normalisation does not fit the number of channels',
      values: { channels, mean: mean.join(' '), std: std.join(' ') },
      help: 'Give one mean and one std per channel.',
    });
  }
  return { height: options.height ?? 32, width: options.width ?? 32, channels, scale: 1 / 255, mean, std };
}

/** Every tensor the architecture expects, in layer order. */
export function expectedTensors(architecture: Architecture): readonly ExpectedTensor[] {
  return architecture.layers.flatMap((layer) => Object.values(layer.weights));
}

/** The network with the weights stored under the given digests, by tensor name; every expected tensor must be there. */
export function bindWeights(architecture: Architecture, digests: ReadonlyMap<string, Digest>): Network {
  const bind = ({ tensor, shape }: ExpectedTensor): Layer['weights'][string] => {
    const digest = digests.get(tensor);
    if (digest === undefined) throw new Error(`no digest for tensor ${tensor}`);
    return { digest, shape };
  };
  const layers = architecture.layers.map((layer) => ({
    ...layer,
    weights: Object.fromEntries(Object.entries(layer.weights).map(([slot, expected]) => [slot, bind(expected)])),
  }));
  return { ...architecture, layers };
}
