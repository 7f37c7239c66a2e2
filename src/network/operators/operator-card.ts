// Card of an operator: everything about it that can be known without computing. Shapes, checks, taps, folding, initial
// weights and the compiler read it. The arithmetic is in ../ops/ and is loaded when a network is compiled. This file
// uses no tensors.
import type { Static, TObject } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { didYouMean } from '../../runtime/contracts/did-you-mean.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Layer, Shape } from '../network.ts';
import type { Arithmetic } from '../ops/operator.ts';

/** A weight of an operator. */
export interface WeightSlot {
  /** Names of the axes in the order of storage, e.g. ['out', 'in', 'height', 'width']. */
  readonly stored: readonly string[];
  /** The same axes in the order that the arithmetic expects, if it differs. */
  readonly computed?: readonly string[];
  readonly optional?: true;
  /** Initial value: a number, or a random number scaled by the fan-in (see `zoo/initialise.ts`). */
  readonly initial: 0 | 1 | 'kaiming-normal' | 'uniform';
  /**
   * The output depends on the input only through this weight: if it is all zero, the output is the same for every
   * image.
   */
  readonly isFactor?: true;
  /** A running statistic: training updates it from the batches, but not by gradients. */
  readonly isStatistic?: true;
  /** Least valid value. */
  readonly least?: number;
}

/** Properties of a layer that determine its output shape, in addition to its input shapes. */
export interface ShapedLayer<A = Readonly<Record<string, unknown>>> {
  /** Validated attributes, defaults filled in. */
  readonly attributes: A;
  /** Shapes of the weights by slot, with the number of axes of the slot. */
  readonly weights: Readonly<Record<string, Shape>>;
}

export interface OperatorCard<A extends TObject = TObject> {
  /** Name in kebab-case; equal to the file name and to the `op` of layers. */
  readonly op: string;
  /** Description in one sentence. */
  readonly doc: string;
  /** Number of inputs; `2+` means two or more. */
  readonly inputs: '1' | '1+' | '2+';
  readonly weights: Readonly<Record<string, WeightSlot>>;
  /**
   * Schema of the attributes, an object. A `default` fills in an attribute that the layer does not give. A
   * `description` is the end of a message "expected ...".
   */
  readonly attributes: A;
  /**
   * Role for post-activation taps: a tap is moved past a normalisation that follows the layer, up to and including an
   * activation.
   */
  readonly role?: 'normalisation' | 'activation';
  /** Output shape for one image. Throws `RangeError` if inputs, weights and attributes do not fit each other. */
  readonly shape: (inputs: readonly Shape[], layer: ShapedLayer<Static<A>>) => Shape;
  /** Imports the arithmetic from its file in ../ops/. */
  readonly load: () => Promise<Arithmetic<Static<A>>>;
}

/**
 * Freezes a card. The type of its attributes is checked here against `shape` and the arithmetic, then erased, so that
 * all cards have one type.
 */
export function defineOperator<const A extends TObject>(card: OperatorCard<A>): OperatorCard {
  return Object.freeze(card);
}

/**
 * Attributes of a layer, defaults filled in. Throws `FailureError` (`unsupported-layer`) for unknown attributes and
 * wrong values.
 */
export function attributesOf(
  card: OperatorCard,
  layer: Pick<Layer, 'name' | 'op' | 'attributes'>,
): Readonly<Record<string, unknown>> {
  const { properties } = card.attributes;
  const refuse = (attribute: string, expected: string): never =>
    fail(
      failure('unsupported-layer', {
        layer: layer.name,
        operator: layer.op,
        attribute: { name: attribute, value: JSON.stringify(layer.attributes[attribute]), expected },
      }),
    );
  const known = Object.keys(properties);
  // Unknown attributes are not ignored, because the result would differ from what the network specifies.
  for (const name of Object.keys(layer.attributes)) {
    if (known.includes(name)) continue;
    const meant = didYouMean(name, known);
    const choices = known.length === 0 ? 'no attribute' : `one of ${known.join(', ')}`;
    refuse(name, meant === undefined ? choices : `${meant} instead`);
  }
  const required = new Set(card.attributes.required);
  const attributes: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(properties)) {
    const value: unknown = layer.attributes[name] ?? schema.default;
    if (value === undefined ? required.has(name) : !Check(schema, value)) refuse(name, schema.description ?? '');
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

/** Permutation from the stored axes to the axes of the arithmetic, as for a transposition. */
export function computedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return computed.map((axis) => stored.indexOf(axis));
}

/** Permutation from the axes of the arithmetic to the stored axes. */
export function storedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return stored.map((axis) => computed.indexOf(axis));
}
