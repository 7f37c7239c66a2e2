// The cache folder, and the mistakes that opening a workspace reports.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { definePipeline } from '../src/runtime/authoring/define-pipeline.ts';
import { findCache, openWorkspace } from '../src/workspace.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'lethe-workspace-')));
  vi.stubEnv('LETHE_CACHE', '');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

describe('findCache', () => {
  it('is beside the nearest package.json, else in the folder itself', () => {
    const inner = join(folder, 'study', 'pipelines');
    mkdirSync(inner, { recursive: true });
    expect(findCache(undefined, inner)).toBe(join(inner, 'cache'));
    writeFileSync(join(folder, 'study', 'package.json'), '{}');
    expect(findCache(undefined, inner)).toBe(join(folder, 'study', 'cache'));
  });

  it('is what is given, else LETHE_CACHE', () => {
    vi.stubEnv('LETHE_CACHE', 'elsewhere');
    expect(findCache(undefined, folder)).toBe(resolve('elsewhere'));
    expect(findCache('given', folder)).toBe(resolve('given'));
  });
});

describe('openWorkspace', () => {
  it('links a file or a pipeline made in code, with the store in the cache folder', async () => {
    const file = join(folder, 'p.yaml');
    writeFileSync(file, 'pipeline: p\nsteps: { one: { use: constant, with: { value: 1 } } }\n');
    const code = definePipeline({ pipeline: 'p', steps: { one: { use: 'constant', with: { value: 1 } } } });
    for (const pipeline of [file, code]) {
      const opened = await openWorkspace({ pipeline, cache: join(folder, 'cache') });
      if (!opened.ok) throw new Error(JSON.stringify(opened.failures));
      expect(opened.value.graph.steps.map((step) => step.name)).toEqual(['one']);
      expect(opened.value.store.folder).toBe(join(folder, 'cache'));
      await opened.value.store.close();
    }
  });

  it.each([
    ['nothing.yaml', 'missing-file', 'there is no pipeline file '],
    ['.', 'not-a-file', 'is a folder, not a pipeline file'],
  ])('opens no store for %s', async (name, reason, headline) => {
    const opened = await openWorkspace({ pipeline: join(folder, name), cache: join(folder, 'cache') });
    expect(opened).toMatchObject({ ok: false, failures: [{ reason, headline: expect.stringContaining(headline) }] });
    expect(() => realpathSync(join(folder, 'cache'))).toThrow('ENOENT');
  });
});
