// Checks that the graph of a network is valid. The networks come from users' nodes or files, or from the zoo in tests.
// Pure.
import { didYouMean } from '../runtime/contracts/did-you-mean.ts';
import { failure, FailureError } from '../runtime/contracts/failure.ts';
import type { DataOf, Failure } from '../runtime/contracts/failure.ts';
import type { LayerShape, Network } from './network.ts';
import { findOperator, OPERATOR_NAMES } from './operators/find-operator.ts';
import { outputShapes } from './shapes.ts';

type Mistake = DataOf<'bad-network'>['mistake'];
type Graph = Omit<Network, 'layers'> & { readonly layers: readonly LayerShape[] };

/**
 * Returns a failure for every mistake in names, order, operators, output and aliases. If there are no such mistakes, it
 * returns a failure for the first shape that does not fit. An empty list means that the network is valid.
 */
export function checkNetwork(network: Graph): readonly Failure[] {
  const mistakes = [...layerMistakes(network), ...nameMistakes(network)];
  if (mistakes.length === 0) return checkShapes(network);
  return mistakes.map((mistake) => failure('bad-network', { network: network.architecture, mistake }));
}

function layerMistakes({ layers }: Graph): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  const seen = new Set(['input']);
  const names = new Set(layers.map((layer) => layer.name));
  for (const { name: layer, op, inputs } of layers) {
    if (seen.has(layer)) mistakes.push({ what: 'duplicate-layer', layer });
    for (const input of inputs) {
      if (seen.has(input)) continue;
      if (names.has(input)) mistakes.push({ what: 'later-input', layer, input });
      else mistakes.push({ what: 'unknown-input', layer, input, ...meant(input, seen) });
    }
    if (findOperator(op) === undefined)
      mistakes.push({
        what: 'unknown-operator',
        layer,
        operator: op,
        ...meant(op, OPERATOR_NAMES),
        operators: OPERATOR_NAMES,
      });
    seen.add(layer);
  }
  return mistakes;
}

function nameMistakes({ layers, output, aliases }: Graph): readonly Mistake[] {
  const names = new Set(layers.map((layer) => layer.name));
  return [
    ...(names.has(output) ? [] : [{ what: 'unknown-output' as const, layer: output }]),
    ...Object.entries(aliases)
      .filter(([, layer]) => !names.has(layer))
      .map(([alias, layer]) => ({ what: 'unknown-alias' as const, alias, layer })),
  ];
}

function meant(name: string, known: Iterable<string>): { readonly meant?: string } {
  const near = didYouMean(name, known);
  return near === undefined ? {} : { meant: near };
}

function checkShapes(network: Graph): readonly Failure[] {
  const { channels, mean, std } = network.input;
  if (mean.length !== channels || std.length !== channels || std.some((deviation) => !(deviation > 0)))
    return [failure('bad-normalisation', { channels, mean, std })];
  try {
    outputShapes(network);
    return [];
  } catch (error) {
    if (error instanceof FailureError) return [error.failure];
    if (!(error instanceof RangeError)) throw error;
    const mistake = { what: 'shapes', problem: error.message } as const;
    return [failure('bad-network', { network: network.architecture, mistake })];
  }
}
