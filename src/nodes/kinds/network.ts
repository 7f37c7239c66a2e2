// The kind of a network: the manifest of network/network.ts with one blob per tensor.
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

/** A network before it is computed, as outputs of this kind foresee it: the names of its layers. */
export interface ForeseenNetwork {
  /** Name for messages. */
  readonly architecture: string;
  readonly layers: readonly { readonly name: string }[];
  /** Short names -> layers. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** The network that a step upstream foresees. Undefined where there is none; a node of a user may foresee anything. */
export function foreseenNetwork(step: UpstreamStep | undefined): ForeseenNetwork | undefined {
  const foreseen: unknown = step?.foreseen;
  return Check(foreseenSchema, foreseen) ? foreseen : undefined;
}

const foreseenSchema = Type.Object({
  architecture: Type.String(),
  layers: Type.Array(Type.Object({ name: Type.String() })),
  aliases: Type.Record(Type.String(), Type.String()),
});
