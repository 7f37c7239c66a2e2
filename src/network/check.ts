// Is this value a network? For networks that nodes of users made, and for zoo architectures in tests. Pure.
import type { Failure } from '../runtime/contracts/failure.ts';
import { didYouMean } from '../runtime/contracts/did-you-mean.ts';
import type { Network } from './network.ts';
import { OPERATORS, outputShapes } from './shapes.ts';
import type { LayerShape } from './shapes.ts';

/** All that is wrong with the graph: names, order, operators, output, aliases; then, if nothing is, the first shape that does not fit. */
export function checkNetwork(
  network: Omit<Network, 'layers'> & { readonly layers: readonly LayerShape[] },
): readonly Failure[] {
  const failures: Failure[] = [];
  const report = (headline: string, layer: string, help: string): void =>
    void failures.push({ reason: 'bad-network', headline, values: { network: network.architecture, layer }, help });
  const seen = new Set(['input']);
  const names = network.layers.map((layer) => layer.name);
  for (const layer of network.layers) {
    if (seen.has(layer.name))
      report(
        `two layers are called "${layer.name}"`,
        layer.name,
        layer.name === 'input' ? '"input" stands for the image.' : 'Rename one.',
      );
    for (const name of layer.inputs) {
      if (seen.has(name)) continue;
      const meant = didYouMean(name, seen);
      if (names.includes(name))
        report(
          `layer "${layer.name}" reads "${name}", which comes later`,
          layer.name,
          'Put layers after those they read.',
        );
      else
        report(
          `layer "${layer.name}" reads "${name}", which is no layer`,
          layer.name,
          meant === undefined ? 'Name a layer before it, or "input".' : `Did you mean "${meant}"?`,
        );
    }
    if (!Object.hasOwn(OPERATORS, layer.op)) {
      const meant = didYouMean(layer.op, Object.keys(OPERATORS));
      report(
        `layer "${layer.name}" is of unknown kind "${layer.op}"`,
        layer.name,
        `${meant === undefined ? '' : `Did you mean "${meant}"? `}There are: ${Object.keys(OPERATORS).join(', ')}.`,
      );
    }
    seen.add(layer.name);
  }
  if (!names.includes(network.output))
    report(`the output "${network.output}" is no layer`, network.output, 'Name the layer that gives the result.');
  for (const [alias, name] of Object.entries(network.aliases)) {
    if (!names.includes(name))
      report(`the alias "${alias}" stands for "${name}", which is no layer`, name, 'Remove it or name a layer.');
  }
  return failures.length > 0 ? failures : checkShapes(network);
}

function checkShapes(network: Parameters<typeof checkNetwork>[0]): readonly Failure[] {
  const { input } = network;
  if (
    input.mean.length !== input.channels ||
    input.std.length !== input.channels ||
    input.std.some((std) => !(std > 0))
  ) {
    const values = {
      network: network.architecture,
      channels: input.channels,
      mean: input.mean.join(' '),
      std: input.std.join(' '),
    };
    return [
      {
        reason: 'bad-network',
        headline: 'the normalisation does not fit the input',
        values,
        help: 'Give one mean and one positive std per channel.',
      },
    ];
  }
  try {
    outputShapes(network);
    return [];
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return [
      {
        reason: 'bad-network',
        headline: error.message,
        values: { network: network.architecture },
        help: 'Make its weights and inputs fit.',
      },
    ];
  }
}
