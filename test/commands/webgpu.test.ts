// A measurement on webgpu, from the command line to the table, compared with the same one on wasm.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noWebgpu, webgpuVariables } from '../compute/webgpu-here.ts';
import { openProject } from './lethe.ts';
import type { Project } from './lethe.ts';

const PIPELINE = `pipeline: small
steps:
  training: { use: make-shapes, with: { count: 60, size: 8 } }
  test: { use: make-shapes, with: { count: 1, size: 8, seed: test } }
  network: { use: train-network, with: { architecture: resnet8, epochs: 1, batch: 20 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
`;

interface Row {
  readonly sid: number;
  readonly delta_f2: number;
  readonly constraint_ratio: number;
  readonly sid_map: readonly number[];
}

async function sigmaRow(project: Project): Promise<Row> {
  const { stdout } = await project.lethe('show', 'p.yaml', 'sigma', '--format', 'json');
  return JSON.parse(stdout.split('\n')[0]!) as Row;
}

describe.skipIf(noWebgpu !== undefined)(`webgpu${noWebgpu === undefined ? '' : `: skipped, ${noWebgpu}`}`, () => {
  it('gives the results of wasm to float32 precision, and reports the times of its kernels', async () => {
    using project = openProject({ ...webgpuVariables, LETHE_PROFILE: 'profile' });
    project.write('p.yaml', PIPELINE);
    const first = await project.run('p.yaml', '--backend', 'wasm');
    expect(first.code, first.stderr).toBe(0);
    const onWasm = await sigmaRow(project);
    const before = new Set(readdirSync(join(project.folder, 'profile')));
    const again = await project.run('p.yaml', '--backend', 'webgpu', '--force', 'sigma');
    expect(again.code, again.stderr).toBe(0);
    expect(again.finished).toMatchObject({ computed: 1, items_computed: 1, failed: 0 });
    const onGpu = await sigmaRow(project);

    // Both use the same delta_f^2, and therefore the same random numbers. They differ by rounding: 6e-8 of a value, in
    // sums of some hundred terms.
    expect(Math.abs(onGpu.constraint_ratio - onWasm.constraint_ratio)).toBeLessThan(1e-4);
    // in nats per unit; rounding propagates through the hundred steps of the solver
    expect(Math.abs(onGpu.sid - onWasm.sid)).toBeLessThan(1e-4);
    expect(onGpu.sid_map).toHaveLength(64);
    onGpu.sid_map.forEach((h, i) => expect(Math.abs(h - onWasm.sid_map[i]!)).toBeLessThan(1e-3));

    const alone = await project.run('p.yaml', 'delta', '--backend', 'webgpu', '--force', 'delta');
    expect(alone.code, alone.stderr).toBe(0);
    const { stdout } = await project.lethe('show', 'p.yaml', 'delta', '--format', 'json');
    const delta = JSON.parse(stdout.split('\n')[0]!) as Row;
    expect(Math.abs(delta.delta_f2 / onWasm.delta_f2 - 1)).toBeLessThan(1e-5);

    const files = readdirSync(join(project.folder, 'profile')).filter((file) => !before.has(file));
    const kernels = files.flatMap(
      (file) =>
        JSON.parse(readFileSync(join(project.folder, 'profile', file), 'utf8')) as { kernel: string; calls: number }[],
    );
    const names = kernels.map(({ kernel }) => kernel);
    expect(names).toEqual(expect.arrayContaining(['FusedConv2D', '(wait for the GPU)']));
  });
});
