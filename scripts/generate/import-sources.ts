// Imports TypeScript sources of the project, independently of dist/.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

let made = 0;

/**
 * Evaluates the module text `contents` as if it were a file in the folder `root`, so that it can import sources by
 * relative paths. Returns its exports.
 */
export async function importSources(root: string, contents: string): Promise<unknown> {
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
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile, { force: true });
  }
}
