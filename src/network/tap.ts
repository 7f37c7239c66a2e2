// A tap: the part of a network that computes one layer, as a network of its own. Its output is the tapped layer. Layers
// on which the tapped layer does not depend are left out, so that they do not change the digest of the tap.
import { didYouMean } from '../runtime/contracts/did-you-mean.ts';
import { fail, failure } from '../runtime/contracts/failure.ts';
import type { Layer, Network } from './network.ts';
import { findOperator } from './operators/find-operator.ts';
import type { OperatorCard } from './operators/operator-card.ts';

/**
 * Position of a tap. `post-activation`: after the batch-norm and activation that directly follow the layer; `raw`: the
 * output of the layer itself.
 */
export type TapPosition = 'post-activation' | 'raw';

/** A graph with named layers: a network, or an architecture without weights. */
interface Named<L> extends Pick<Network, 'architecture' | 'aliases'> {
  readonly layers: readonly L[];
}

/** Returns the layer with the given name or alias. Throws `FailureError` (`unknown-layer`). */
export function findLayer<L extends Pick<Layer, 'name'>>(network: Named<L>, name: string): L {
  const target = Object.hasOwn(network.aliases, name) ? network.aliases[name] : name;
  const layer = network.layers.find((candidate) => candidate.name === target);
  if (layer) return layer;
  const aliases = Object.keys(network.aliases);
  const names = network.layers.map((candidate) => candidate.name);
  const meant = didYouMean(name, [...aliases, ...names]);
  return fail(
    failure('unknown-layer', {
      network: network.architecture,
      layer: name,
      ...(meant !== undefined && { meant }),
      aliases,
      layers: names,
    }),
  );
}

/** Returns the name of the layer whose output is tapped: the layer `name`, or a later layer for `post-activation`. */
export function tapPoint(
  network: Named<Pick<Layer, 'name' | 'op' | 'inputs'>>,
  name: string,
  position: TapPosition,
): string {
  const layer = findLayer(network, name);
  if (position === 'raw') return layer.name;
  let point = layer;
  const roleOf = ({ op }: Pick<Layer, 'op'>): OperatorCard['role'] => findOperator(op)?.role;
  while (roleOf(point) !== 'activation') {
    const followers = network.layers.filter((candidate) => candidate.inputs.includes(point.name));
    const next = followers[0];
    if (followers.length !== 1 || !next || roleOf(next) === undefined) break;
    point = next;
  }
  return point.name;
}

/**
 * Creates the tap of `layer` (a name or alias). Layers keep the order of the network; aliases, classes and the
 * architecture's name are dropped. Throws `FailureError`: `unknown-layer`, and `constant-layer` if the layer does not
 * depend on the input.
 */
export function tapNetwork(network: Network, layer: string, position: TapPosition = 'post-activation'): Network {
  const output = tapPoint(network, layer, position);
  const ancestors = ancestorsOf(network, output);
  if (!ancestors.has('input')) {
    const madeFrom = [...ancestors].filter((name) => name !== output);
    fail(failure('constant-layer', { layer: output, madeFrom }));
  }
  const layers = network.layers.filter((candidate) => ancestors.has(candidate.name));
  return { architecture: 'tap', input: network.input, layers, output, aliases: {} };
}

/**
 * Returns the names of the layer and of everything on which it depends. `input` is included if the layer depends on the
 * image.
 */
function ancestorsOf(network: Network, output: string): ReadonlySet<string> {
  const byName = new Map(network.layers.map((layer) => [layer.name, layer]));
  const seen = new Set<string>();
  const open = [output];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...(byName.get(name)?.inputs ?? []));
  }
  return seen;
}
