// The package works from its tarball: in an empty folder, install it, `npx lethe init`, `npx lethe run`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-package-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('is packed, installed, initialised and run, from YAML and from a program', { timeout: 400_000 }, () => {
  const env: NodeJS.ProcessEnv = { ...process.env };
  delete env['LETHE_CACHE'];
  const run = (file: string, ...args: readonly string[]): string =>
    execFileSync(file, args, { cwd: folder, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'pipe'] });
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: root });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? '';
  run('npm', 'init', '-y');
  run('npm', 'install', '--no-audit', '--no-fund', '--loglevel=error', join(folder, tarball));
  expect(run('npx', 'lethe', 'init', 'study')).toContain('next: cd study && lethe run pipeline.yaml');
  const first = run('npx', 'lethe', 'run', 'study/pipeline.yaml');
  expect(first).toMatch(/conv1 .*█/);
  expect(run('npx', 'lethe', 'run', 'study/pipeline.yaml')).toContain('nothing to compute');
  expect(readdirSync(join(folder, 'study'))).toContain('cache');
  writeFileSync(join(folder, 'program.mjs'), PROGRAM);
  expect(JSON.parse(run('node', 'program.mjs'))).toEqual([1, 2, 3]);
});

const PROGRAM = `import { definePipeline, runPipeline } from 'lethe';
const pipeline = definePipeline({
  pipeline: 'from-code',
  steps: {
    number: { use: 'constant', each: { value: [1, 2, 3] } },
    list: { use: 'collect-values', from: { values: 'number' } },
  },
});
const run = await runPipeline(pipeline, { cache: 'code-cache' });
if (!run.ok) throw new Error(JSON.stringify(run.failures));
await run.value.close();
const again = await runPipeline(pipeline, { cache: 'code-cache' });
if (!again.ok || again.value.finished.computed !== 0) throw new Error('the second run computed something');
await again.value.close();
console.log(JSON.stringify(pipeline.steps.number.each.value));
`;
