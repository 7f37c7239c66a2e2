import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/runtime/contracts/artifact.ts';
import type { Axes } from '../../../src/runtime/contracts/define.ts';
import { aggregate } from '../../../src/nodes/tables/aggregate.ts';
import { compare } from '../../../src/nodes/tables/compare.ts';
import { failureOf } from '../../failure-of.ts';
import { memoryStore, runNode } from '../node-rig.ts';
import { sigmaTable, type SigmaTableOptions } from '../sigma-tables.ts';

const networks = ['resnet44', 'resnet20', 'resnet32'];
const layers = ['stem', 'conv1', 'fc'];
const points = networks.flatMap((network) => layers.map((layer): Axes => ({ network, layer })));

async function imagesOf(tables: readonly SigmaTableOptions[]) {
  const store = memoryStore();
  const { outputs } = await runNode(aggregate, {
    inputs: { tables: tables.map((one) => sigmaTable(store, one)) },
    store,
  });
  return { store, images: outputs['images']! };
}

async function compared(
  tables: readonly SigmaTableOptions[],
  params: Readonly<Record<string, unknown>>,
): Promise<readonly Row[]> {
  const { store, images } = await imagesOf(tables);
  return (await runNode(compare, { params, inputs: { images }, store })).outputs['table']!.rows();
}

/** The sign test by enumeration of all outcomes of n coins. */
function naiveSignTest(positive: number, negative: number): number {
  const n = positive + negative;
  let as = 0;
  for (let outcome = 0; outcome < 2 ** n; outcome++) {
    const heads = outcome.toString(2).replaceAll('0', '').length;
    if (Math.abs(heads - n / 2) >= Math.abs(positive - n / 2)) as += 1;
  }
  return as / 2 ** n;
}

function naiveHolm(p: readonly number[]): number[] {
  return p.map((value) => {
    // Holm: the largest adjusted value among all p that are not larger.
    const sorted = [...p].sort((a, b) => a - b);
    const last = sorted.lastIndexOf(value);
    return Math.min(1, Math.max(...sorted.slice(0, last + 1).map((one, rank) => one * (p.length - rank))));
  });
}

describe('compare', () => {
  it('pairs over images, at every layer, in the order of the sweep', async () => {
    const indices = [0, 1, 2, 3, 4, 5, 6];
    const rows = await compared(points.map((axes) => ({ axes, indices })), { by: 'layer', series: 'network' }); // prettier-ignore
    expect(rows.map(({ layer, a, b }) => [layer, a, b])).toEqual(
      layers.flatMap((layer) => [
        [layer, 'resnet44', 'resnet20'],
        [layer, 'resnet44', 'resnet32'],
        [layer, 'resnet20', 'resnet32'],
      ]),
    );
    expect(Object.keys(rows[0]!)[0]).toBe('layer');
    const { images } = await imagesOf(points.map((axes) => ({ axes, indices })));
    const all = await images.rows();
    for (const row of rows) {
      const sid = (network: unknown, index: number) =>
        all.find((one) => one['network'] === network && one['layer'] === row['layer'] && one['index'] === index)![
          'sid'
        ] as number;
      const differences = indices.map((index) => sid(row['b'], index) - sid(row['a'], index));
      const mean = differences.reduce((sum, d) => sum + d, 0) / 7;
      expect(row['difference']).toBeCloseTo(mean, 12);
      expect(row['difference_se']).toBeCloseTo(
        Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / 42),
        12,
      );
      const positive = differences.filter((d) => d > 0).length;
      expect(row).toMatchObject({ series: 'network', metric: 'sid', images: 7, positive, negative: 7 - positive });
      expect(row['p']).toBeCloseTo(naiveSignTest(positive, 7 - positive), 12);
    }
    naiveHolm(rows.map((row) => row['p'] as number)).forEach((p, i) => expect(rows[i]!['p_holm']).toBeCloseTo(p, 12));
  });

  it('uses the images that both have', async () => {
    const tables = [
      { axes: { network: 'a' }, indices: [0, 1, 2, 3] },
      { axes: { network: 'b' }, indices: [2, 3, 4] },
      { axes: { network: 'c' }, indices: [3] },
    ];
    const rows = await compared(tables, { series: 'network' });
    expect(rows.map((row) => row['images'])).toEqual([2, 1, 1]);
    expect(rows[1]).toMatchObject({ difference_se: null, p: 1, p_holm: 1 });
  });

  it('keeps further axes apart', async () => {
    const sweep = [1, 2].flatMap((strength) =>
      points.map((axes) => ({ axes: { ...axes, strength }, indices: [0, 1] })),
    );
    const rows = await compared(sweep, { by: 'layer', series: 'strength' });
    expect(rows).toHaveLength(9);
    expect(Object.keys(rows[0]!).slice(0, 2)).toEqual(['layer', 'network']);
  });

  it('says what is wrong', async () => {
    const failure = async (tables: readonly SigmaTableOptions[], params: Readonly<Record<string, unknown>>) => {
      const { store, images } = await imagesOf(tables);
      return failureOf(runNode(compare, { params, inputs: { images }, store }));
    };
    const apart = [
      { axes: { network: 'a', layer: 'fc' }, indices: [0, 1] },
      { axes: { network: 'b', layer: 'fc' }, indices: [2] },
    ];
    const shareless = await failure(apart, { by: 'layer', series: 'network' });
    expect(shareless).toMatchObject({ reason: 'no-common-image', values: { at: 'layer fc' } });
    expect(shareless.headline).toBe('a and b share no image');
    expect(await failure(apart, { series: 'architecture' })).toMatchObject({
      reason: 'unknown-axis',
      values: { axes: 'network, layer' },
    });
    expect(await failure(apart, { series: 'layer', by: 'layer' })).toMatchObject({ reason: 'same-axis' });
    expect(await failure(apart.slice(0, 1), { series: 'network' })).toMatchObject({ reason: 'one-member' });
    const both = apart.map((one) => ({ ...one, indices: [0] }));
    expect(await failure(both, { series: 'network', metric: 'concentration' })).toMatchObject({
      reason: 'unknown-metric',
      values: { metrics: 'sid, constraint_ratio, capped, uncovered, gap, evaluations, delta_f2' },
    });
    const without = both.map((one) => ({ ...one, change: (row: Row) => ({ ...row, gap: null }) }));
    expect(await failure(without, { series: 'network', metric: 'gap' })).toMatchObject({
      reason: 'no-values',
      values: { 'images in common': 1 },
      help: expect.stringContaining('Null for methods without a certificate'),
    });
    const otherPixels = [both[0]!, { ...both[1]!, change: (row: Row) => ({ ...row, image: 'f'.repeat(64) }) }];
    expect(await failure(otherPixels, { series: 'network' })).toMatchObject({ reason: 'no-common-image' });
  });
});
