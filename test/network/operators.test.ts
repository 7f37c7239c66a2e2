// The card of every operator, and its arithmetic.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, Type } from '@sinclair/typebox';
import { Check } from '@sinclair/typebox/value';
import { describe, expect, it } from 'vitest';
import { OPERATORS } from '../../src/network/operators/index.ts';
import { attributesOf, computedOrder, storedOrder } from '../../src/network/operators/operator-card.ts';
import { convCases, convTransposeCases, otherCases, poolCases } from '../compute/operator-cases.ts';
import { failureOf } from './failure-of.ts';

/** Operators covered by the conformance suite. */
const conforming = new Set(
  [convCases(), convTransposeCases(), poolCases('max-pool'), poolCases('avg-pool'), otherCases()]
    .flat()
    .map(({ layer }) => layer.op),
);

describe.each(OPERATORS.map((card) => [card.op, card] as const))('%s', (op, card) => {
  it('has its file, its arithmetic, and cases of the conformance suite or a test of its own', async () => {
    expect(readdirSync(join(import.meta.dirname, '../../src/network/operators'))).toContain(`${op}.ts`);
    expect(typeof (await card.load()).make).toBe('function');
    expect(conforming.has(op) || existsSync(join(import.meta.dirname, `operators/${op}.test.ts`))).toBe(true);
  });

  it('has defaults that its own schema accepts, and says what it expects', () => {
    expect(card.attributes[Kind]).toBe(Type.Object({})[Kind]);
    for (const [name, schema] of Object.entries(card.attributes.properties)) {
      expect(schema.description, name).toBeTruthy();
      if (schema.default !== undefined) expect(Check(schema, schema.default), name).toBe(true);
    }
  });

  it('permutes the axes of its weights and restores them', () => {
    for (const slot of Object.values(card.weights)) {
      const [there, back] = [computedOrder(slot), storedOrder(slot)];
      expect([...there].sort()).toEqual(slot.stored.map((_, axis) => axis));
      expect(back.map((axis) => there[axis])).toEqual(slot.stored.map((_, axis) => axis));
    }
  });
});

describe('attributesOf', () => {
  const conv = OPERATORS.find(({ op }) => op === 'conv')!;
  const layer = (attributes: Record<string, number | readonly number[]>) => ({ name: 'c', op: 'conv', attributes });

  it('fills in defaults', () => {
    expect(attributesOf(conv, layer({ stride: [2, 1] }))).toEqual({
      stride: [2, 1],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      groups: 1,
    });
  });

  it.each<[string, Record<string, number | readonly number[]>, string, string]>([
    ['an unknown one', { size: 3 }, 'size', 'one of stride, padding, dilation, groups'],
    ['another spelling', { dilations: [1, 1] }, 'dilations', 'dilation instead'],
    ['zero', { stride: [0, 1] }, 'stride', 'two whole numbers of at least 1'],
    ['too few numbers', { padding: [1, 1] }, 'padding', 'four whole numbers: top, bottom, left, right'],
    ['a fraction', { groups: 1.5 }, 'groups', 'a whole number of at least 1'],
  ])('refuses %s', async (_, attributes, attribute, expected) => {
    const failure = await failureOf(() => attributesOf(conv, layer(attributes)));
    expect(failure).toMatchObject({ reason: 'unsupported-layer', values: { layer: 'c', attribute, expected } });
  });

  it('refuses a layer without an attribute that has no default', async () => {
    const shortcut = OPERATORS.find(({ op }) => op === 'shortcut-a')!;
    const failure = await failureOf(() => attributesOf(shortcut, { name: 's', op: 'shortcut-a', attributes: {} }));
    expect(failure.headline).toBe('layer "s" (shortcut-a) cannot be computed: channels is not given');
  });
});
