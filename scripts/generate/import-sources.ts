// Imports TypeScript sources of the project, whatever state dist/ is in.
import { mkdirSync, rmSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';

let made = 0;

/**
 * Evaluates `contents`, a module in the folder `root` that imports sources by relative paths, and returns its exports.
 * @param fresh texts by path that stand for files which are not written yet
 */
export async function importSources(
  root: string,
  contents: string,
  fresh: ReadonlyMap<string, string> = new Map(),
): Promise<unknown> {
  const folder = join(root, 'node_modules', '.cache', 'lethe-scripts');
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `sources-${process.pid}-${made++}.mjs`);
  try {
    await build({
      stdin: { contents, resolveDir: root, loader: 'ts' },
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'error',
      plugins: [freshSources(root, fresh)],
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}

function freshSources(root: string, fresh: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'fresh-sources',
    setup: (bundler) => {
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const contents = fresh.get(relative(root, path).split(sep).join('/'));
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}
