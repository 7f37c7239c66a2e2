// Bundles src/ and its small dependencies into dist/. A process with little to compute spends most of its time loading
// and compiling files, and a few large files load faster than hundreds of small ones.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build } from 'esbuild';

/**
 * Sources of the programs and of the library's entry points, by the names of their files in dist/. Shared code is in
 * further files (chunks) of dist/.
 */
const ENTRIES = {
  cli: 'src/cli.ts',
  worker: 'src/worker.ts',
  index: 'src/index.ts',
  kinds: 'src/kinds.ts',
  testing: 'src/testing.ts',
  'measure-backend': 'src/measure-backend.ts',
  'webgpu-trial': 'src/webgpu-trial.ts',
};

/** External packages: native packages, packages loaded late, and packages of which the user's copy must be used. */
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
  refuseLateCommonJs(metafile.inputs);
  writeFileSync(join(root, 'dist', 'THIRD-PARTY-LICENSES.txt'), licenses(root, Object.keys(metafile.inputs)));
}

/**
 * Refuses `import()` of a bundled CommonJS package. In Node such an import has named exports; in a bundle it has only
 * `default`, so that code which passes its tests would fail in dist/. A file of ours is imported late instead, and it
 * imports the package statically.
 */
function refuseLateCommonJs(inputs) {
  for (const [file, { imports }] of Object.entries(inputs)) {
    for (const { path, kind } of imports) {
      if (kind === 'dynamic-import' && inputs[path]?.format === 'cjs')
        throw new Error(`${file} loads the CommonJS file ${path} by import(): import it statically in a file of src/`);
    }
  }
}

/**
 * Beginning of every file in dist/: `require` for CommonJS code, and the location of the original source for
 * `import.meta`.
 */
const BANNER = `
import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __letheFileAt = (place) => ({ url: new URL(place, import.meta.url).href });`;

/**
 * Plugin that gives every source in a chunk an `import.meta.url` below dist/ with the same relative path as in src/.
 * esbuild replaces the expression `import.meta` by a name that this plugin declares in every file; equal text inside
 * strings is not replaced.
 */
function placesOfSources(source) {
  return {
    name: 'places-of-sources',
    setup({ onLoad }) {
      onLoad({ filter: /\.(ts|m?js)$/ }, ({ path }) => {
        const text = readFileSync(path, 'utf8');
        if (!/import\s*\.\s*meta/.test(text)) return undefined;
        // Code of packages resolves paths from dist/ itself.
        const place = path.startsWith(source)
          ? relative(source, path).split(sep).join('/').replace(/\.ts$/, '.js')
          : '';
        const contents = `var __letheFile = __letheFileAt(${JSON.stringify(place)}); ${text}`;
        return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
      });
    },
  };
}

/** Returns the names and licences of the bundled packages as one text. */
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
