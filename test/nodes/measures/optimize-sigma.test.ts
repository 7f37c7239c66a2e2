import { describe, expect, it } from 'vitest';
import type { InputArtifact } from '../../../src/runtime/contracts/define.ts';
import { estimateDeltaF2 } from '../../../src/nodes/measures/estimate-delta-f2.ts';
import { deltaF2Kind } from '../../../src/nodes/kinds/delta-f2.ts';
import { sigmaKind } from '../../../src/nodes/kinds/sigma.ts';
import { optimizeSigma } from '../../../src/nodes/measures/optimize-sigma.ts';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import { failureOf } from '../../network/failure-of.ts';
import { SIDE, dataSet, deaden, inflate, randomPixels, store, tapOf } from '../measurement-rig.ts';
import { runItems } from '../node-rig.ts';
import { sigmaTable } from '../sigma-tables.ts';

const pixels = [randomPixels('a'), randomPixels('b')];
const data = dataSet(pixels);
const C = 0.5 * Math.log(2 * Math.PI * Math.E);

async function measured(
  layer: string,
  images = data,
): Promise<{ tap: InputArtifact; delta: InputArtifact; data: InputArtifact }> {
  const tap = await tapOf(layer);
  const { output } = await runItems(estimateDeltaF2, { inputs: { tap, data: images }, store });
  return { tap, delta: output, data: images };
}

/** A table with one delta_f^2 for all images. */
function deltaFor(value: number): InputArtifact {
  const row = { image: null, index: null, delta_f2: value, delta_f2_se: 0, probes: 1, method: 'exact', images: 1 };
  return store.table(deltaF2Kind, [row]);
}

function pixelMeans(logSigma: Float32Array): number[] {
  const pixels = SIDE * SIDE;
  return Array.from(
    { length: pixels },
    (_, i) => (logSigma[i]! + logSigma[pixels + i]! + logSigma[2 * pixels + i]!) / 3,
  );
}

/** The same mean over the channels of every pixel, with `factor` times the differences from it. */
function stretch(logSigma: Float32Array, factor: number): Float32Array {
  const means = pixelMeans(logSigma);
  return logSigma.map((z, i) => means[i % means.length]! + factor * (z - means[i % means.length]!));
}

describe('optimize-sigma', () => {
  it('gives a row per image, with its map, its constraint and its certificate', async () => {
    const { rows, warnings } = await runItems(optimizeSigma, { inputs: await measured('conv1'), store });
    expect(warnings).toEqual([]);
    expect(rows.map((row) => row['index'])).toEqual([0, 1]);
    for (const row of rows) {
      const map = row['sid_map'] as Float32Array;
      expect([map.length, row['height'], row['width'], row['grid']]).toEqual([SIDE * SIDE, SIDE, SIDE, 'pixel/shared']);
      expect(map.reduce((a, b) => a + b, 0) / map.length).toBeCloseTo(row['sid'] as number, 5);
      expect(row['sid']).toBeGreaterThan(row['floor'] as number);
      expect(Math.abs((row['constraint_ratio'] as number) - 1)).toBeLessThan(
        5 * (row['constraint_ratio_se'] as number) + 0.01,
      );
      expect(row['gap']).toBeLessThan(0.005);
      expect(row).toMatchObject({ capped: 0, uncovered: 0, converged: true, method: 'hybrid', alpha: 1.5e-4 });
    }
  });

  it('gives the same bytes for the same seeds, whatever images share the batch', async () => {
    const inputs = await measured('conv1');
    const setup = { inputs, store, seed: 'x' };
    const both = await runItems(optimizeSigma, setup);
    const again = await runItems(optimizeSigma, setup);
    const alone = await runItems(optimizeSigma, { ...setup, indices: [1] });
    expect(again.rows).toEqual(both.rows);
    expect(alone.rows[0]).toEqual(both.rows[1]);
  });

  it.each(['adam', 'closed-form'] as const)('takes the method %s as a cross-check', async (method) => {
    const inputs = await measured('fc');
    const params = { max_evaluations: 2048, tolerance: 0.01 };
    const { rows: [hybrid] } = await runItems(optimizeSigma, { params, inputs, store, indices: [0] }); // prettier-ignore
    const { rows: [other] } = await runItems(optimizeSigma, { params: { ...params, method }, inputs, store, indices: [0] }); // prettier-ignore
    expect([other!['gap'], other!['converged']]).toEqual([null, null]);
    const error = 3 * Math.hypot(hybrid!['sid_se'] as number, other!['sid_se'] as number);
    expect(Math.abs((other!['sid'] as number) - (hybrid!['sid'] as number))).toBeLessThan(error + 0.03);
  });

  it('shares sigma over blocks, which lowers the SID', async () => {
    const inputs = await measured('conv1');
    const { rows: [fine] } = await runItems(optimizeSigma, { params: { channels: 'separate' }, inputs, store, indices: [0] }); // prettier-ignore
    const { rows: [coarse] } = await runItems(optimizeSigma, { params: { grid: '2x4' }, inputs, store, indices: [0] }); // prettier-ignore
    expect([fine!['grid'], coarse!['grid']]).toEqual(['pixel/separate', '2x4/shared']);
    expect(coarse!['sid']).toBeLessThan(fine!['sid'] as number);
    expect(new Set(coarse!['sid_map'] as Float32Array).size).toBe(8);
  });

  it('starts from an earlier measurement, and reports the saving', async () => {
    const inputs = await measured('conv1');
    const before = await runItems(optimizeSigma, { inputs, store, seed: 'before' });
    expect(before.rows[0]!['evaluations_saved']).toBeNull();
    const { rows } = await runItems(optimizeSigma, {
      inputs: { ...inputs, start: before.output },
      store,
      indices: [0],
    });
    const [warm] = rows;
    expect(warm!['evaluations_saved']).toBe(
      (before.rows[0]!['evaluations'] as number) - (warm!['evaluations'] as number),
    );
    expect(warm!['evaluations']).toBeLessThan(before.rows[0]!['evaluations'] as number);
    expect(Math.abs((warm!['sid'] as number) - (before.rows[0]!['sid'] as number))).toBeLessThan(0.01);
  });

  it('starts from every channel of the solution, not from the map, which is their mean', async () => {
    const inputs = await measured('conv1');
    const params = { channels: 'separate' };
    const { rows } = await runItems(optimizeSigma, { params, inputs, store });
    const solution = rows[0]!['log_sigma'] as Float32Array;
    expect(solution).toHaveLength(3 * SIDE * SIDE);
    const means = pixelMeans(solution);
    for (const [pixel, entropy] of (rows[0]!['sid_map'] as Float32Array).entries())
      expect(means[pixel]! + C).toBeCloseTo(entropy, 5);

    // Starts of the same map whose channels differ more: few evaluations lead less far back to the solution.
    const distanceFrom = async (factor: number): Promise<number> => {
      const stretched = rows.map((row) => ({ ...row, log_sigma: stretch(row['log_sigma'] as Float32Array, factor) }));
      const start = store.table(sigmaKind, stretched, { axes: {} });
      const brief = { ...params, max_evaluations: 32 };
      const found = await runItems(optimizeSigma, { params: brief, inputs: { ...inputs, start }, store, indices: [0] });
      const logSigma = found.rows[0]!['log_sigma'] as Float32Array;
      return Math.sqrt(logSigma.reduce((sum, z, i) => sum + (z - solution[i]!) ** 2, 0) / logSigma.length);
    };
    expect(await distanceFrom(5)).toBeGreaterThan(3 * (await distanceFrom(1)));
  });

  it('refuses a start that was measured on images of another size', async () => {
    const inputs = await measured('conv1');
    const start = sigmaTable(store, {
      axes: {},
      indices: [0],
      ids: [(await runItems(optimizeSigma, { inputs, store, indices: [0] })).rows[0]!['image'] as Digest],
    });
    const failure = await failureOf(() => runItems(optimizeSigma, { inputs: { ...inputs, start }, store }));
    expect(failure).toMatchObject({
      reason: 'start-of-another-size',
      values: { start: '2x3 pixels', here: '8x8 pixels' },
    });
  });

  it('uses smaller batches if memory is short, with the same result', async () => {
    const inputs = await measured('fc');
    const usual = await runItems(optimizeSigma, { inputs, store, indices: [0] });
    const short = await runItems(optimizeSigma, { inputs, store, indices: [0], memory: 100_000 });
    expect(Math.abs((short.rows[0]!['sid'] as number) - (usual.rows[0]!['sid'] as number))).toBeLessThan(1e-3);
    const ofDelta = { tap: inputs.tap, data: inputs.data };
    for (const run of [
      () => runItems(optimizeSigma, { inputs, store, memory: 1000 }),
      () => runItems(estimateDeltaF2, { inputs: ofDelta, store, memory: 1000 }),
    ]) {
      const failure = await failureOf(run);
      expect(failure).toMatchObject({
        reason: 'too-little-memory-for-image',
        values: { 'left for this task': '1000 B' },
      });
    }
  });

  it('takes one delta_f^2 for all images as well', async () => {
    const { tap } = await measured('conv1');
    const { rows } = await runItems(optimizeSigma, { inputs: { tap, delta: deltaFor(30), data }, store });
    expect(rows.map((row) => row['delta_f2'])).toEqual([30, 30]);
  });

  it('warns where every sigma hits the cap', async () => {
    const inputs = { ...(await measured('conv1')), delta: deltaFor(1e9) };
    const { rows, warnings } = await runItems(optimizeSigma, { inputs, store, indices: [0] });
    expect(rows[0]).toMatchObject({ capped: SIDE * SIDE * 3, uncovered: 0, sid: C });
    expect(warnings[0]).toMatch(/^image-0.* at .*: every sigma is at the cap/);
  });

  it('warns, and counts the uncovered units, where no feature depends on the image', async () => {
    const tap = await tapOf('conv1', deaden);
    const { rows, warnings } = await runItems(optimizeSigma, {
      inputs: { tap, delta: deltaFor(1), data },
      store,
      indices: [0],
    });
    expect(rows[0]).toMatchObject({ capped: SIDE * SIDE * 3, uncovered: SIDE * SIDE * 3, constraint_ratio: 0 });
    expect(warnings[0]).toMatch(/every sigma is at the cap/);
  });

  it('warns where the tolerance is out of reach', async () => {
    const params = { max_evaluations: 64, tolerance: 1e-4 };
    const { rows, warnings } = await runItems(optimizeSigma, {
      params,
      inputs: await measured('fc'),
      store,
      indices: [0],
    });
    expect(rows[0]!['converged']).toBe(false);
    expect(warnings[0]).toMatch(/the tolerance was not reached; the gap is .* nats; raise max_evaluations/);
  });

  it('names layer and image where numbers overflow', async () => {
    const tap = await tapOf('fc', inflate);
    const failure = await failureOf(() =>
      runItems(optimizeSigma, { inputs: { tap, delta: deltaFor(1), data }, store }),
    );
    expect(failure).toMatchObject({ reason: 'not-finite', values: { image: expect.stringMatching(/^image-0/) } });
  });

  it('names the image that has no delta_f^2', async () => {
    const { tap, delta } = await measured('fc', dataSet([pixels[0]!]));
    const rows = (await delta.rows()).map((row) => ({ ...row }));
    const failure = await failureOf(() =>
      runItems(optimizeSigma, { inputs: { tap, delta: store.table(deltaF2Kind, rows), data }, store }),
    );
    expect(failure).toMatchObject({ reason: 'no-delta-f2', values: { image: expect.stringMatching(/^image[- ]1/) } });
  });

  it('refuses a grid finer than the image', async () => {
    const failure = await failureOf(async () =>
      runItems(optimizeSigma, { params: { grid: '16x16' }, inputs: await measured('fc'), store }),
    );
    expect(failure).toMatchObject({ reason: 'grid-too-fine', values: { grid: '16x16', image: '8x8' } });
  });
});
