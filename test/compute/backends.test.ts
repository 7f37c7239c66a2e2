// Properties of the card of every backend. conformance.test.ts checks the results of a backend.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BACKENDS } from '../../src/compute/backends.ts';
import { BACKEND_NAMES, RESIDENT_BYTES } from '../../src/runtime/contracts/backend-names.ts';

it('reads the cards without the tensor library', () => {
  for (const card of BACKENDS) if (card.find()) card.isForGpu();
  expect(globalThis).not.toHaveProperty('_tfengine'); // global variable in which tfjs-core stores its engine
});

describe.each(BACKENDS.map((card) => [card.name, card] as const))('%s', (name, card) => {
  it('is frozen, documented, and named as its file', () => {
    expect(Object.isFrozen(card)).toBe(true);
    expect(card.doc).toMatch(/^.{8,}\.$/);
    const files = readdirSync(fileURLToPath(new URL('../../src/compute/backends/', import.meta.url)));
    expect(files).toContain(`${name}.ts`);
  });

  it('declares a plausible memory need', () => {
    expect(card.residentBytes).toBeGreaterThan(64 * 2 ** 20);
    expect(card.residentBytes).toBeLessThan(2 ** 32);
    expect(RESIDENT_BYTES).toHaveProperty(name, card.residentBytes);
  });
});

it('are listed best first, in one order everywhere', () => {
  expect(BACKENDS.map(({ name }) => name)).toEqual(BACKEND_NAMES);
  const ranks = BACKENDS.map(({ rank }) => rank);
  expect(ranks).toEqual([...new Set(ranks)].sort((a, b) => a - b));
});
