// `lethe plan`: expected time and memory of a run, from the cost of earlier runs.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProject } from './lethe.ts';
import type { Project } from './lethe.ts';

const PIPELINE = `pipeline: expected
params: { images: 3, filters: 2 }
steps:
  data: { use: make-shapes, with: { count: { $param: images }, size: 8 } }
  training: { use: make-shapes, with: { count: 20, size: 8, seed: training } }
  network:
    use: train-network
    with: { architecture: small-conv, epochs: 1, batch: 10, options: { filters: { $param: filters } } }
    from: { data: training }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: data } }
`;

let project: Project;
beforeAll(async () => {
  project = openProject({ LETHE_BACKEND: 'wasm' });
  project.write('p.yaml', PIPELINE);
});
afterAll(() => project[Symbol.dispose]());

it('knows nothing before the first run', async () => {
  const { code, stdout, events } = await project.lethe('plan', 'p.yaml');
  expect(code).toBe(0);
  expect(events).toEqual([]);
  expect(stdout).toMatch(/^run {6}data: no earlier result; \? \(no earlier measurement\)$/m);
  expect(stdout).toMatch(/^expected: \?; 5 steps have no earlier measurement$/m);
});

it('estimates from the cost of earlier steps, names the source, and adds up the run', async () => {
  const { finished } = await project.run('p.yaml', '--jobs', '2');
  expect(finished).toMatchObject({ computed: 5, failed: 0 });
  const forced = await project.lethe('plan', 'p.yaml', '--force', 'delta', '--jobs', '2');
  expect(forced.stdout).toMatch(
    /^run {6}delta \(3 items\): forced; about [\d.]+ m?s \(3 items at [\d.]+ m?s\), [\d.]+ MiB, as last time$/m,
  );
  expect(forced.stdout).toMatch(/^expected: about .*, with 2 jobs; memory up to [\d.]+ MiB: 2 workers of [\d.]+ MiB$/m);
  const more = await project.lethe('plan', 'p.yaml', '-p', 'images=5');
  expect(more.stdout).toMatch(/^unknown {2}delta: .*\(3 items at [\d.]+ m?s, if as many\), [\d.]+ MiB, as last time$/m);
  expect(more.stdout).toMatch(/^expected: about [\d.]+ \w+, up to [\d.]+ \w+ if all dependent steps are computed too/m);
});

it('says the same in JSON', async () => {
  const { events } = await project.lethe('plan', 'p.yaml', '-p', 'filters=4', '--json');
  const model = events.find((event) => event['step'] === 'network');
  expect(model).toMatchObject({
    status: 'will-run',
    expected_seconds: expect.any(Number),
    expected_memory_bytes: expect.any(Number),
    measured_from: 'step',
  });
  expect(model?.['expected_memory_bytes']).toBeGreaterThan(50 * 2 ** 20);
  const cached = events.find((event) => event['step'] === 'data');
  expect(cached).not.toHaveProperty('expected_seconds');
});

it('estimates a new pipeline from other pipelines, and reports the memory bound', async () => {
  project.write('q.yaml', PIPELINE.replace('pipeline: expected', 'pipeline: other').replaceAll('size: 8', 'size: 9'));
  const { stdout } = await project.lethe('plan', 'q.yaml', '--memory', '400MiB', '--jobs', '4');
  expect(stdout).toMatch(/^run {6}data: .*from other steps of this node type$/m);
  expect(stdout).toMatch(/^unknown {2}network: .* MiB, from steps with equal parameters$/m);
  expect(stdout).toMatch(/^expected: .*with 1 job; .*in one worker; limited to 400\.0 MiB for each of 1$/m);
});

it('runs within a memory bound, and fails a step with its numbers if the bound is too small', async () => {
  const bounded = await project.run('p.yaml', '-p', 'filters=4', '--memory', '1GiB', '--jobs', '2');
  expect(bounded.finished).toMatchObject({ computed: 3, failed: 0 });
  project.write('wide.yaml', PIPELINE.replaceAll('size: 8', 'size: 96').replace('batch: 10', 'batch: 20'));
  const failed = await project.lethe('run', 'wide.yaml', '-p', 'filters=42', '--memory', '140MiB', '--keep-going');
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/training with batches of 20 needs about [\d.]+ [MG]iB, but --memory leaves 12\.0 MiB/);
  expect(failed.stderr).toContain('smaller `batch`');
});
