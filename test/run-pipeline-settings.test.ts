// `runPipeline` with the settings of the environment.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { definePipeline } from '../src/runtime/authoring/define-pipeline.ts';
import { runPipeline } from '../src/run-pipeline.ts';
import type { PipelineRun, RunPipelineOptions } from '../src/run-pipeline.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-run-pipeline-'));
  vi.stubEnv('LETHE_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const NUMBERS = definePipeline({
  pipeline: 'numbers',
  params: { first: 1 },
  steps: {
    number: { use: 'constant', with: { value: { $param: 'first' } } },
    list: { use: 'collect-values', from: { values: ['number'] } },
  },
});

async function run(options: RunPipelineOptions = {}): Promise<PipelineRun> {
  const ran = await runPipeline(NUMBERS, options);
  if (!ran.ok) throw new Error(JSON.stringify(ran.failures));
  return ran.value;
}

describe('the environment', () => {
  it('bounds the memory, as on the command line', async () => {
    vi.stubEnv('LETHE_MEMORY', '10MB');
    expect(await runPipeline(NUMBERS)).toMatchObject({ ok: false, failures: [{ reason: 'too-little-memory' }] });
    const roomy = await run({ memory: 2 ** 32 });
    await roomy.close();
  });

  it.each([
    ['LETHE_MEMORY', 'much'],
    ['LETHE_BACKEND', 'wsam'],
  ])('is refused with the name of the variable: %s=%s', async (variable, text) => {
    vi.stubEnv(variable, text);
    expect(await runPipeline(NUMBERS)).toMatchObject({
      ok: false,
      failures: [{ reason: 'bad-setting', headline: expect.stringMatching(`^${variable} needs .*given: ${text}`) }],
    });
  });
});

it('computes once, with parameters, and says which step has no table', async () => {
  const first = await run({ params: { first: 7 } });
  expect(first.finished).toMatchObject({ computed: 2, failed: 0 });
  await expect(first.rows('list')).rejects.toThrow();
  await expect(first.rows('nothing')).rejects.toThrow(RangeError);
  await first.close();
  const second = await run({ params: { first: 7 } });
  expect(second.finished).toMatchObject({ computed: 0, cached: 2 });
  await second.close();
});
