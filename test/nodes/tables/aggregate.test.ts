import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/runtime/contracts/artifact.ts';
import { aggregate } from '../../../src/nodes/tables/aggregate.ts';
import { concentrationKind } from '../../../src/nodes/kinds/concentration.ts';
import { failureOf } from '../../failure-of.ts';
import { digestOf, memoryStore, runNode } from '../node-rig.ts';
import { sigmaTable } from '../sigma-tables.ts';

const points = ['resnet20', 'resnet44'].flatMap((network) => ['conv1', 'fc'].map((layer) => ({ network, layer })));

describe('aggregate', () => {
  it('has a row per point of the sweep, with naive means and errors', async () => {
    const store = memoryStore();
    const tables = points.map((axes, k) => sigmaTable(store, { axes, indices: [0, 1, 2, 5, 7].slice(0, 5 - k) }));
    const { outputs } = await runNode(aggregate, { inputs: { tables }, store });
    const rows = await outputs['table']!.rows();
    expect(rows.map(({ network, layer }) => ({ network, layer }))).toEqual(points);
    expect(Object.keys(rows[0]!).slice(0, 3)).toEqual(['network', 'layer', 'sid']);
    for (const [k, row] of rows.entries()) {
      const measured = await tables[k]!.rows();
      const values = (name: string) => measured.map((one) => one[name] as number);
      const n = measured.length;
      const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
      const error = (list: readonly number[]) =>
        Math.sqrt(list.reduce((sum, value) => sum + (value - mean(list)) ** 2, 0) / (n - 1) / n);
      expect(row['sid']).toBeCloseTo(mean(values('sid')), 12);
      expect(row['sid_se']).toBeCloseTo(error(values('sid')), 12);
      expect(row['sid_measurement_se']).toBeCloseTo(mean(values('sid_se')), 12);
      expect(row['constraint_ratio_se']).toBeCloseTo(error(values('constraint_ratio')), 12);
      for (const name of ['capped', 'floor', 'gap', 'delta_f2', 'evaluations', 'uncovered', 'constraint_ratio'])
        expect(row[name]).toBeCloseTo(mean(values(name)), 12);
      expect(row).toMatchObject({
        images: n,
        method: 'hybrid',
        converged: n > 2 ? n - 1 : n,
        grid: 'pixel/shared',
        units: 'nats/unit',
        alpha: 1.5e-4,
      });
      expect(row).not.toHaveProperty('concentration');
    }
  });

  it('counts what converged only where a method says so', async () => {
    const store = memoryStore();
    const change = (row: Row): Row => ({ ...row, method: 'adam', converged: null, gap: null, gap_se: null });
    const tables = [sigmaTable(store, { axes: points[0]!, indices: [0, 1], change })];
    const { outputs } = await runNode(aggregate, { inputs: { tables }, store });
    const [row] = await outputs['table']!.rows();
    expect(row).toMatchObject({ images: 2, converged: null, gap: null });
  });

  it('has a row per image behind it, with its map', async () => {
    const store = memoryStore();
    const tables = points.map((axes) => sigmaTable(store, { axes, indices: [3, 4] }));
    const { outputs } = await runNode(aggregate, { inputs: { tables }, store });
    const rows = await outputs['images']!.rows();
    expect(rows).toHaveLength(8);
    const [, second] = await tables[2]!.rows();
    expect(rows[5]).toMatchObject({
      ...points[2],
      image: second!['image'],
      index: 4,
      sid: second!['sid'],
      sid_map: second!['sid_map'],
    });
  });

  it('matches concentrations by axes, and leaves the rest null', async () => {
    const store = memoryStore();
    const tables = points.map((axes) => sigmaTable(store, { axes, indices: [0, 1, 2, 3] }));
    const focus = (axes: (typeof points)[number], values: readonly (readonly [number, number | null])[]) =>
      store.table(
        concentrationKind,
        values.map(([index, concentration]): Row => ({
          image: digestOf(`image ${index}`),
          index,
          concentration,
          background: 0,
          foreground: 0,
          object_share: 0.5,
        })),
        { axes },
      );
    const concentration = [focus(points[2]!, [[0, 0.5], [2, -0.25], [3, null]]), focus(points[0]!, [[1, 2]])]; // prettier-ignore
    const { outputs } = await runNode(aggregate, { inputs: { tables, concentration }, store });
    const rows = await outputs['table']!.rows();
    expect(rows.map((row) => [row['concentration'], row['concentration_images']])).toEqual([[2, 1], [null, 0], [0.125, 2], [null, 0]]); // prettier-ignore
    expect(rows[2]!['concentration_se']).toBeCloseTo(0.375, 12);
    expect(rows[0]!['concentration_se']).toBeNull();
    const images = await outputs['images']!.rows();
    expect(images.slice(8, 12).map((row) => row['concentration'])).toEqual([0.5, null, -0.25, null]);
  });

  it('keeps a single image without an error of the mean, and works without a sweep', async () => {
    const store = memoryStore();
    const { outputs } = await runNode(aggregate, {
      inputs: { tables: [sigmaTable(store, { axes: {}, indices: [9] })] },
      store,
    });
    const [row, ...more] = await outputs['table']!.rows();
    expect(more).toEqual([]);
    expect(row).toMatchObject({ images: 1, sid_se: null, constraint_ratio_se: null });
  });

  it('refuses what cannot be joined', async () => {
    const store = memoryStore();
    const failure = (tables: Parameters<typeof sigmaTable>[1][]) =>
      failureOf(runNode(aggregate, { inputs: { tables: tables.map((one) => sigmaTable(store, one)) }, store }));
    expect(await failure([{ axes: { layer: 'a' }, indices: [0] }, { axes: { depth: 1 }, indices: [0] }])).toMatchObject({ reason: 'mixed-axes' }); // prettier-ignore
    expect(await failure([{ axes: { sid: 1 }, indices: [0] }])).toMatchObject({ reason: 'axis-name' });
    expect(await failure([{ axes: { layer: 'a' }, indices: [] }])).toMatchObject({ reason: 'empty-table' });
    const one = store.table(concentrationKind, [], { axes: {} });
    const inputs = { tables: [sigmaTable(store, { axes: { layer: 'a' }, indices: [0] })], concentration: [one, one] };
    expect(await failureOf(runNode(aggregate, { inputs, store }))).toMatchObject({ reason: 'ambiguous-axes' });
  });
});
