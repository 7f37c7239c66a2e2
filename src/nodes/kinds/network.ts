// The kind of a network: the manifest of network/network.ts with one blob per tensor.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import { renderNetwork } from './render-network.ts';

export const networkKind = defineKind({
  name: 'network',
  doc: 'A network: named layers in topological order, the normalisation of its input, and one blob per weight tensor.',
  codec: 'json',
  render: renderNetwork,
});
