// The kind `network`: a manifest (the type `Network` of network/network.ts) and one blob per tensor.
import { Type } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { defineKind } from '../../runtime/contracts/artifact.ts';
import type { UpstreamStep } from '../../runtime/contracts/define.ts';
import { renderNetwork } from './render-network.ts';

export const networkKind = defineKind({
  name: 'network',
  doc: 'A network: named layers in topological order, the normalisation of its input, and one blob per weight tensor.',
  codec: 'json',
  render: renderNetwork,
});

/** Layer names of a network that is not yet computed. `foresee` of an output of the kind `network` returns them. */
export interface ForeseenNetwork {
  /** Name of the architecture, for messages. */
  readonly architecture: string;
  readonly layers: readonly { readonly name: string }[];
  /** Layer names by short name. */
  readonly aliases: Readonly<Record<string, string>>;
}

/**
 * Returns the description of the network that an upstream step will give; undefined if the step provides no
 * description. The result is validated, because a user's node may return anything from `foresee`.
 */
export function foreseenNetwork(step: UpstreamStep | undefined): ForeseenNetwork | undefined {
  const foreseen: unknown = step?.foreseen;
  return Check(foreseenSchema, foreseen) ? foreseen : undefined;
}

const foreseenSchema = Type.Object({
  architecture: Type.String(),
  layers: Type.Array(Type.Object({ name: Type.String() })),
  aliases: Type.Record(Type.String(), Type.String()),
});
