import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/runtime/contracts/artifact.ts';
import { concentration } from '../../../src/nodes/measures/concentration.ts';
import { datasetKind } from '../../../src/nodes/kinds/dataset.ts';
import { failureOf } from '../../failure-of.ts';
import { memoryStore, runNode, type MemoryStore } from '../node-rig.ts';
import { sigmaTable } from '../sigma-tables.ts';

const [height, width] = [4, 5];

function images(store: MemoryStore, masks: readonly (readonly number[] | undefined)[], size = { height, width }) {
  const items = masks.map((mask, i) => {
    const digest = store.put(new Uint8Array(size.height * size.width * 3).fill(i % 3)); // image 3 equals image 0
    return {
      id: digest,
      digest,
      name: `${i}.png`,
      seen: { label: 0, ...size, channels: 3, ...(mask && { mask: store.put(Uint8Array.from(mask)) }) },
    };
  });
  const refs = items.flatMap(({ digest, seen }) => ('mask' in seen ? [digest, seen.mask] : [digest]));
  return store.json(
    datasetKind.name,
    { name: 'masks', ...size, channels: 3, classes: ['it'], count: items.length },
    { refs, items },
  );
}

const left = Array.from({ length: 20 }, (_, i) => (i % 5 < 2 ? 1 : 0));
const top = Array.from({ length: 20 }, (_, i) => (i < 5 ? 1 : 0));

describe('concentration', () => {
  it('is the naive difference of means, per image with a mask', async () => {
    const store = memoryStore();
    const data = images(store, [left, undefined, top, top]);
    const ids = (await data.items())!.map((item) => item.id);
    const sigma = sigmaTable(store, { axes: {}, indices: [0, 1, 2, 3], height, width, ids });
    const { outputs, warnings } = await runNode(concentration, { inputs: { sigma, data }, store });
    const rows = await outputs['concentration']!.rows();
    expect(rows.map((row) => row['index'])).toEqual([0, 2, 3]);
    const measured = await sigma.rows();
    for (const row of rows) {
      const mask = row['index'] === 0 ? left : top;
      const map = measured[row['index'] as number]!['sid_map'] as Float32Array;
      const mean = (side: number) => {
        const values = [...map].filter((_, i) => mask[i] === side);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      expect(row['concentration']).toBeCloseTo(mean(0) - mean(1), 12);
      expect([row['background'], row['foreground']]).toEqual([
        expect.closeTo(mean(0), 12),
        expect.closeTo(mean(1), 12),
      ]);
      expect(row['object_share']).toBe(row['index'] === 0 ? 0.4 : 0.25);
    }
    expect(warnings).toEqual([]);
    expect(ids[0]).toBe(ids[3]); // equal pixels, different mask
    expect(rows[0]!['concentration']).not.toBe(rows[2]!['concentration']);
  });

  it('does not remove negative values, and counts masks that cover all pixels or none', async () => {
    const store = memoryStore();
    const data = images(store, [left, new Array(20).fill(1), new Array(20).fill(0)]);
    const ids = (await data.items())!.map((item) => item.id);
    const change = (): Row => ({ sid_map: Float32Array.from(left, (on) => (on ? -1 : -2)) });
    const sigma = sigmaTable(store, { axes: {}, indices: [0, 1, 2], height, width, ids, change });
    const { outputs, warnings } = await runNode(concentration, { inputs: { sigma, data }, store });
    const rows = await outputs['concentration']!.rows();
    expect(rows.map((row) => row['concentration'])).toEqual([-1, null, null]);
    expect(rows.map((row) => [row['background'] === null, row['foreground'] === null])).toEqual([[false, false], [true, false], [false, true]]); // prettier-ignore
    expect(warnings.join()).toContain('2 of 3');
  });

  it('refuses other images and masks of another size', async () => {
    const store = memoryStore();
    const data = images(store, [left]);
    const ids = (await data.items())!.map((item) => item.id);
    const failure = (setup: Parameters<typeof sigmaTable>[1]) =>
      failureOf(runNode(concentration, { inputs: { sigma: sigmaTable(store, setup), data }, store }));
    expect(await failure({ axes: {}, indices: [0], height, width })).toMatchObject({ reason: 'other-images' });
    expect(await failure({ axes: {}, indices: [5], height, width })).toMatchObject({ reason: 'other-images' });
    expect(await failure({ axes: {}, indices: [0], height: 2, width: 2, ids })).toMatchObject({
      reason: 'map-size',
      values: { 'mask size': '5 x 4', 'map size': '2 x 2' },
    });
  });
});
