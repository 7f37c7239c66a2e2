// An architecture: a network whose weights have names and shapes, but no values. The values come from a file
// (`bindWeights`) or from a seed (`initialise`).
import type { Digest } from '../../runtime/contracts/artifact.ts';
import type { Layer, Network, Shape } from '../network.ts';

/** A tensor that an architecture expects: its name in weight files, and its shape. */
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

/** Returns every tensor that the architecture expects, in layer order. */
export function expectedTensors(architecture: Architecture): readonly ExpectedTensor[] {
  return architecture.layers.flatMap((layer) => Object.values(layer.weights));
}

/**
 * Creates a network from an architecture and the digests of its stored weights, by tensor name. Throws if the digest of
 * an expected tensor is missing.
 */
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
