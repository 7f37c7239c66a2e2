// The kind of a network: the manifest of network/network.ts with one blob per tensor.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import type { UpstreamStep } from '../../runtime/contracts/define.ts';

export const networkKind = defineKind({
  name: 'network',
  doc: 'A network: named layers in topological order, the normalisation of its input, and one blob per weight tensor.',
  codec: 'json',
});

/** A network before it is computed, as outputs of this kind foresee it: the names of its layers. */
export interface ForeseenNetwork {
  /** Name for messages. */
  readonly architecture: string;
  readonly layers: readonly { readonly name: string }[];
  /** Short names -> layers. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** The network that a step upstream foresees; nodes of users may foresee anything. */
export function foreseenNetwork(step: UpstreamStep | undefined): ForeseenNetwork | undefined {
  const foreseen = step?.foreseen as Partial<ForeseenNetwork> | null | undefined;
  const isNetwork = typeof foreseen?.aliases === 'object' && Array.isArray(foreseen.layers);
  return isNetwork ? (foreseen as ForeseenNetwork) : undefined;
}
