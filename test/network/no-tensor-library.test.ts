// Code that only describes networks loads no tensor library: neither do the cards, nor their imports.
import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Packages that a source imports statically, directly or indirectly. */
async function packagesOf(source: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [join(root, source)],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    outdir: 'out',
    platform: 'node',
    format: 'esm',
    packages: 'external',
    splitting: true,
  });
  const seen = new Set<string>();
  const open = [source];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { path: next, kind } of metafile.inputs[path]?.imports ?? [])
      if (kind !== 'dynamic-import') open.push(next);
  }
  return [...seen].filter((path) => path.startsWith('@tensorflow/'));
}

it.each([
  'src/network/describe.ts',
  'src/network/check.ts',
  'src/network/tap.ts',
  'src/network/read-weights.ts',
  'src/network/zoo/build.ts',
  'src/network/operators/find-operator.ts',
  'src/network/losses/cross-entropy.ts',
  'src/nodes/networks/load-network.ts',
  'src/nodes/networks/tap-layer.ts',
  'src/nodes/networks/train-network.ts',
])('%s', async (source) => {
  expect(await packagesOf(source)).toEqual([]);
});

it('would detect one', async () => {
  expect(await packagesOf('src/network/compile.ts')).toContain('@tensorflow/tfjs-core');
});
