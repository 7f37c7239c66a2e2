// Executes a TypeScript script of the project on any Node >= 20: bundles it with esbuild (packages stay external) and
// imports it.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './prepare.mjs';

const [script, ...args] = process.argv.slice(2);
if (script === undefined) {
  console.error('usage: node scripts/run-ts.mjs SCRIPT.ts [ARGUMENTS]');
  process.exit(2);
}
const { build } = await import('esbuild');
const folder = join(root, 'node_modules', '.cache', 'lethe-scripts');
mkdirSync(folder, { recursive: true });
const outfile = join(folder, `${basename(script, '.ts')}-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, script)],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  // Scripts find the project by the location of their source, not of the bundle.
  define: {
    'import.meta.dirname': JSON.stringify(join(root, 'scripts')),
    'import.meta.url': JSON.stringify(pathToFileURL(join(root, 'scripts', 'run-ts.mjs')).href),
  },
  logLevel: 'warning',
});
process.argv = [process.argv[0], join(root, script), ...args];
try {
  await import(pathToFileURL(outfile).href);
} finally {
  const { rmSync } = await import('node:fs');
  rmSync(outfile, { force: true });
}
