// The cost model compared with a calculation by hand for one tap, and with the tables of docs/performance.md.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bill, costsOf } from '../../bench/cost/cost-model.ts';
import { billTable, tapTable } from '../../bench/cost/cost-tables.ts';
import { ASSUMED, STUDIES } from '../../bench/cost/studies.ts';
import { buildArchitecture } from '../../src/network/zoo/build.ts';

const effort = { evaluations: 400, forwards: 193, probes: 64 };
const conv1 = costsOf(buildArchitecture('resnet20'), [{ layer: 'conv1', effort }]);
// an evaluation counted as 1.6 has three passes; then forward passes and probes; a pass is 442,368 multiply-adds
const flop = (400 * (3 / 1.6) + 193 + 64) * 2 * 442_368;

describe('the cost model', () => {
  it('adds up evaluations, forwards and probes', () => {
    expect(conv1).toEqual([{ layer: 'conv1', forward: 884_736, evaluation: 1_769_472, image: flop }]);
  });

  it('divides the time among processors, at the same price', () => {
    const one = { processors: 1, speed: 1e9, price: 2 };
    const { hours, money } = bill(conv1, 1000, one);
    expect(hours).toBeCloseTo((1000 * flop) / 1e9 / 3600, 9);
    expect(money).toBeCloseTo(2 * hours, 9);
    const eight = bill(conv1, 1000, { ...one, processors: 8 });
    expect(eight.hours).toBeCloseTo(hours / 8, 9);
    expect(eight.money).toBeCloseTo(money, 9);
  });

  it.each([
    ['operations per tap', tapTable(STUDIES)],
    ['time and money', billTable(STUDIES, ASSUMED)],
  ])('docs/performance.md shows the table of %s', (_, table) => {
    const docs = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
    for (const row of table.split('\n').filter((one) => !one.includes('---')))
      expect(cells(docs)).toContain(cells(row));
  });
});

/** Table text without the padding of the cells. */
const cells = (text: string): string => text.replaceAll(/ *\| */g, '|');
