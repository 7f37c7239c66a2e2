// Bundles src/ and its small dependencies into dist/: a process that has little to compute spends its time finding and compiling
// files, and a few large ones are found and compiled sooner than hundreds of small ones.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';

/** Programs and entries of the library, by the name of their file in dist/; shared code lies in chunks beside them. */
const ENTRIES = {
  cli: 'src/cli.ts',
  worker: 'src/worker.ts',
  index: 'src/index.ts',
  kinds: 'src/kinds.ts',
  testing: 'src/testing.ts',
  'measure-backend': 'src/measure-backend.ts',
  'webgpu-trial': 'src/webgpu-trial.ts',
};

/** Native, loaded late, or to be the same as the user's own. */
const OUTSIDE = ['@tensorflow/*', 'apache-arrow', 'apache-arrow/*', 'esbuild', 'lmdb'];

export async function bundle(root) {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.entries(ENTRIES).map(([out, path]) => ({ in: path, out })),
    outdir: 'dist',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: OUTSIDE,
    define: { 'import.meta': '__letheFile' },
    banner: { js: BANNER },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [placesOfSources(join(root, 'src'))],
  });
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), licenses(root, Object.keys(metafile.inputs)));
}

/** Begins every file of dist/: `require` for what was CommonJS, and the `import.meta` of a source by its place. */
const BANNER = `
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __letheFileAt = (place) => ({ url: new URL(place, import.meta.url).href });`;

/**
 * Whatever chunk a source is bundled into, its `import.meta.url` is the place in dist/ that it has in src/. esbuild replaces the
 * syntax `import.meta` by a name that this plugin declares in every file; the same words in a string or a template stay.
 */
function placesOfSources(source) {
  return {
    name: 'places-of-sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.(ts|m?js)$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!/import\s*\.\s*meta/.test(text)) return undefined;
        // A package is looked for from dist/ itself.
        const place = path.startsWith(source)
          ? relative(source, path).split(sep).join('/').replace(/\.ts$/, '.js')
          : '';
        const contents = `var __letheFile = __letheFileAt(${JSON.stringify(place)}); ${text}`;
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/** The terms under which the bundled packages may be handed on. */
function licenses(root, inputs) {
  const folders = new Set(inputs.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? []));
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one));
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim();
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}
