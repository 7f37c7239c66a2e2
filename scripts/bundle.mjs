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
    // What is bundled from CommonJS calls this.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [placesOfSources(join(root, 'src'))],
  });
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), licenses(root, Object.keys(metafile.inputs)));
}

/** Whatever chunk a source is bundled into, its `import.meta.url` is the place in dist/ that it has in src/. */
function placesOfSources(source) {
  return {
    name: 'places-of-sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const text = path.startsWith(source) ? readFileSync(path, 'utf8') : '';
        if (!text.includes('import.meta.url')) return undefined;
        const place = relative(source, path).split(sep).join('/').replace(/\.ts$/, '.js');
        const url = `new URL(${JSON.stringify(place)}, import.meta.url).href`;
        return { contents: text.replaceAll('import.meta.url', url), loader: 'ts' };
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
