// Card of an operator: all properties of the operator that are known without computing. Shapes, checks, taps, folding,
// initial weights and the compiler read cards. The arithmetic is in ../ops/ and is loaded when a network is compiled.
// This file uses no tensors.
import type { Static, TObject } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { didYouMean } from '../../runtime/contracts/did-you-mean.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Layer, Shape } from '../network.ts';
import type { Arithmetic } from '../ops/operator.ts';

/** Properties of one weight of an operator. */
export interface WeightSlot {
  /** Names of the axes in the order of storage, e.g. ['out', 'in', 'height', 'width']. */
  readonly stored: readonly string[];
  /** Names of the axes in the order that the arithmetic expects. Absent if it is the order of `stored`. */
  readonly computed?: readonly string[];
  readonly optional?: true;
  /** Initial value: a number, or a random number scaled by the fan-in (see `zoo/initialise.ts`). */
  readonly initial: 0 | 1 | 'kaiming-normal' | 'uniform';
  /**
   * True if the output depends on the input only through this weight. If all values of the weight are zero, the output
   * is the same for every image.
   */
  readonly isFactor?: true;
  /** True for a running statistic. Training updates it from the batches, but not by gradients. */
  readonly isStatistic?: true;
  /** Smallest valid value. Absent if every value is valid. */
  readonly least?: number;
}

/** Properties of a layer that determine its output shape, in addition to its input shapes. */
export interface ShapedLayer<A = Readonly<Record<string, unknown>>> {
  /** Validated attributes, defaults filled in. */
  readonly attributes: A;
  /** Shapes of the weights by slot. Each shape has as many axes as the slot on the card. */
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
   * Schema of the attributes. A `default` is used for an attribute that the layer does not give. A `description`
   * completes the message "expected ...".
   */
  readonly attributes: A;
  /**
   * Role for post-activation taps. Such a tap of a layer includes the normalisation and the activation that directly
   * follow the layer.
   */
  readonly role?: 'normalisation' | 'activation';
  /**
   * Computes the output shape for one image. Throws `RangeError` if inputs, weights and attributes do not fit together.
   */
  readonly shape: (inputs: readonly Shape[], layer: ShapedLayer<Static<A>>) => Shape;
  /** Imports the arithmetic from its file in ../ops/. */
  readonly load: () => Promise<Arithmetic<Static<A>>>;
}

/**
 * Freezes a card. TypeScript checks here that `shape` and the arithmetic take attributes of the declared type. The
 * returned type does not contain the attribute type, so that all cards have one type.
 */
export function defineOperator<const A extends TObject>(card: OperatorCard<A>): OperatorCard {
  return Object.freeze(card);
}

/**
 * Returns the attributes of a layer, with defaults filled in. Throws `FailureError` (`unsupported-layer`) for unknown
 * attributes and wrong values.
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

/**
 * Returns the permutation of axes, as for `tf.transpose`, from the stored order to the order that the arithmetic
 * expects.
 */
export function computedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return computed.map((axis) => stored.indexOf(axis));
}

/**
 * Returns the permutation of axes, as for `tf.transpose`, from the order that the arithmetic expects to the stored
 * order.
 */
export function storedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return stored.map((axis) => computed.indexOf(axis));
}
