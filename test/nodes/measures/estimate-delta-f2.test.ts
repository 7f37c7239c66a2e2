import { describe, expect, it } from 'vitest';
import { estimateDeltaF2 } from '../../../src/nodes/measures/estimate-delta-f2.ts';
import { failureOf } from '../../network/failure-of.ts';
import { dataSet, deaden, inflate, randomPixels, store, tapOf } from '../measurement-rig.ts';
import { runItems } from '../node-rig.ts';

const pixels = [randomPixels('a'), randomPixels('b'), randomPixels('a')];
const data = dataSet(pixels);

describe('estimate-delta-f2', () => {
  it('measures each image by itself: adding images changes nothing for the others', async () => {
    const tap = await tapOf('conv1');
    const { rows, warnings } = await runItems(estimateDeltaF2, { inputs: { tap, data }, store, seed: 'x' });
    expect(rows.map((row) => row['index'])).toEqual([0, 1, 2]);
    expect(rows[2]!['delta_f2']).toBe(rows[0]!['delta_f2']);
    expect(rows[1]!['delta_f2']).not.toBe(rows[0]!['delta_f2']);
    expect(rows[0]!['method']).toBe('probes');
    for (const row of rows)
      expect((row['delta_f2_se'] as number) / (row['delta_f2'] as number)).toBeLessThanOrEqual(0.01);
    expect(warnings).toEqual([]);
    const fewer = await runItems(estimateDeltaF2, { inputs: { tap, data: dataSet([pixels[1]!]) }, store, seed: 'x' });
    expect(fewer.rows[0]).toEqual({ ...rows[1], index: 0 });
  });

  it('writes rows that can be read image by image', async () => {
    const { output } = await runItems(estimateDeltaF2, { inputs: { tap: await tapOf('fc'), data }, store });
    expect((await output.items())?.map(({ id }) => id)).toEqual((await data.items())?.map(({ id }) => id));
  });

  it('is exact where there are few features', async () => {
    const tap = await tapOf('fc');
    const { rows } = await runItems(estimateDeltaF2, { inputs: { tap, data }, store });
    expect(rows[0]).toMatchObject({ method: 'exact', probes: 3, delta_f2_se: 0 });
  });

  it('averages over the reference images, and over them only', async () => {
    const tap = await tapOf('fc');
    const each = await runItems(estimateDeltaF2, { inputs: { tap, data }, store });
    const inputs = { tap, reference: dataSet(pixels.slice(0, 2)) };
    const { rows, output } = await runItems(estimateDeltaF2, { params: { per: 'dataset' }, inputs, store });
    const [a, b] = each.rows.map((row) => row['delta_f2'] as number) as [number, number];
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ image: null, index: null, images: 2, delta_f2: (a + b) / 2 });
    expect(rows[0]!['delta_f2_se']).toBeCloseTo(Math.abs(a - b) / 2, 6);
    expect(await output.items()).toBeUndefined();
  });

  it('names layer and image where nothing is active', async () => {
    const tap = await tapOf('conv1', deaden);
    const failure = await failureOf(() => runItems(estimateDeltaF2, { inputs: { tap, data }, store }));
    expect(failure).toMatchObject({
      reason: 'no-sensitivity',
      values: { image: expect.stringMatching(/^image-0/) },
    });
  });

  it('names layer and image where numbers overflow', async () => {
    const tap = await tapOf('fc', inflate);
    const failure = await failureOf(() => runItems(estimateDeltaF2, { inputs: { tap, data }, store }));
    expect(failure).toMatchObject({ reason: 'not-finite', values: { image: expect.stringMatching(/^image-0/) } });
  });

  it('names an image of the wrong size', async () => {
    const inputs = { tap: await tapOf('conv1'), data: dataSet([randomPixels('wide', 9)], 9) };
    const failure = await failureOf(() => runItems(estimateDeltaF2, { inputs, store }));
    expect(failure).toMatchObject({
      reason: 'image-size',
      values: { image: expect.stringMatching(/^image-0/), 'image size': '9 x 9 x 3' },
    });
  });

  it('says when the precision was not reached', async () => {
    const params = { precision: 1e-3, max_probes: 32 };
    const { warnings } = await runItems(estimateDeltaF2, {
      params,
      inputs: { tap: await tapOf('conv1'), data: dataSet([pixels[0]!]) },
      store,
    });
    expect(warnings[0]).toMatch(/^image-0.*: delta_f\^2 of .* is known to .* % after 32 probes; raise max_probes/);
  });
});
