// The card of an operator: everything about it that can be known without computing. Shapes, checks, taps, folding, first weights and
// the compiler read it; the arithmetic stands in ../ops/ and is loaded when a network is compiled. No tensor code here.
import type { Static, TObject } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { didYouMean } from '../../runtime/contracts/did-you-mean.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Layer, Shape } from '../network.ts';
import type { Arithmetic } from '../ops/operator.ts';

/** A weight of an operator. */
export interface WeightSlot {
  /** Axes in the order in which networks store them, by name: ['out', 'in', 'height', 'width']. Their number is the rank. */
  readonly stored: readonly string[];
  /** The same axes in the order in which the arithmetic takes them, where it is another one. */
  readonly computed?: readonly string[];
  readonly optional?: true;
  /** Value before a training: a number, or drawn from the fan-in (see `zoo/initialise.ts`). */
  readonly initial: 0 | 1 | 'kaiming-normal' | 'uniform';
  /** Without it the output would not depend on the input: all zeros make the output the same for every image. */
  readonly isFactor?: true;
  /** A running statistic: a training does not learn it, it follows the batches. */
  readonly isStatistic?: true;
  /** Smallest value that makes sense. */
  readonly least?: number;
}

/** The part of a layer that the shape of its output depends on, beside the shapes of its inputs. */
export interface ShapedLayer<A = Readonly<Record<string, unknown>>> {
  /** Validated, with defaults. */
  readonly attributes: A;
  /** Shapes by slot, with as many axes as the slot has. */
  readonly weights: Readonly<Record<string, Shape>>;
}

export interface OperatorCard<A extends TObject = TObject> {
  /** kebab-case; equals the file name and the `op` of layers. */
  readonly op: string;
  /** One sentence. */
  readonly doc: string;
  /** Number of inputs; `2+` means two or more. */
  readonly inputs: '1' | '1+' | '2+';
  readonly weights: Readonly<Record<string, WeightSlot>>;
  /** An object schema. `default` fills in what a layer leaves out; `description` completes "expected ...". */
  readonly attributes: A;
  /** Its role for post-activation taps, which go on through normalisations and end at an activation. */
  readonly role?: 'normalisation' | 'activation';
  /** Shape of one image's output. Throws `RangeError` where inputs, weights and attributes do not fit each other. */
  readonly shape: (inputs: readonly Shape[], layer: ShapedLayer<Static<A>>) => Shape;
  /** The arithmetic, from its file in ../ops/. */
  readonly load: () => Promise<Arithmetic<Static<A>>>;
}

/** Freezes a card. Its attributes' types are checked against `shape` and the arithmetic here and forgotten afterwards. */
export function defineOperator<const A extends TObject>(card: OperatorCard<A>): OperatorCard {
  return Object.freeze(card);
}

/** Attributes of a layer with the defaults filled in. Throws `FailureError` (`unsupported-layer`) for unknown and for wrong ones. */
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
  // Ignoring an unknown attribute would compute something else than the network says.
  for (const name of Object.keys(layer.attributes)) {
    if (known.includes(name)) continue;
    const meant = didYouMean(name, known);
    const choices = known.length === 0 ? 'no attribute' : `one of ${known.join(', ')}`;
    refuse(name, meant === undefined ? choices : `${meant} in its place`);
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

/** Axes of the stored weight in the order of the arithmetic, as a transposition takes them. */
export function computedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return computed.map((axis) => stored.indexOf(axis));
}

/** Axes of the arithmetic's weight in the order in which it is stored. */
export function storedOrder({ stored, computed = stored }: WeightSlot): number[] {
  return stored.map((axis) => computed.indexOf(axis));
}
