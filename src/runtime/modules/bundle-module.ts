// Bundles a user's node file to JavaScript. Relative imports are included; packages stay external.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, Message, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { failure } from '../contracts/failure.ts';
import type { Failure, Place, Result } from '../contracts/failure.ts';

/**
 * Folder of Lethe's package, from which the user's file imports Lethe. The relative path is the same from src/ (in
 * tests) and from dist/.
 */
const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
/** Entry files of Lethe's package, by the name used in imports. */
const ENTRIES: Readonly<Record<string, string>> = {
  lethe: join(PACKAGE, 'dist', 'index.js'),
  'lethe/kinds': join(PACKAGE, 'dist', 'kinds.js'),
  'lethe/testing': join(PACKAGE, 'dist', 'testing.js'),
};

export interface Bundle {
  readonly code: string;
  /** Absolute paths of the node file and of all its relative imports, sorted. */
  readonly files: readonly string[];
}

/** Bundles a node file. Mistakes in it are returned as failures with positions. */
export async function bundleModule(path: string): Promise<Result<Bundle>> {
  const { build } = await import('esbuild');
  try {
    const { metafile, outputFiles } = await build({
      entryPoints: [path],
      absWorkingDir: PACKAGE,
      outfile: join(PACKAGE, 'nodes.mjs'), // only names the output; nothing is written
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: [],
      sourcemap: 'external',
      logLevel: 'silent',
      define: OF_THE_FILE,
      banner: { js: banner(path) },
      plugins: [packagesOutside, keepPlaces],
    });
    const textOf = (ending: string): string => outputFiles.find((file) => file.path.endsWith(ending))?.text ?? '';
    const files = Object.keys(metafile.inputs).map((file) => resolve(PACKAGE, file));
    return { ok: true, value: { code: textOf('.mjs') + sourceMap(textOf('.map')), files: files.sort() } };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    return { ok: false, failures: await Promise.all(errors.slice(0, 20).map((message) => describe(message, path))) };
  }
}

/**
 * Formats a source map as a comment. Its paths are made absolute, because relative paths would be resolved from the
 * temporary file that importBundle writes.
 */
function sourceMap(text: string): string {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  const sources = map.sources.map((source) => fileURLToPath(new URL(source, pathToFileURL(PACKAGE))));
  const bytes = Buffer.from(JSON.stringify({ ...map, sources }));
  return `\n//# sourceMappingURL=data:application/json;base64,${bytes.toString('base64')}\n`;
}

/** Imports a bundle into this process. */
export async function importBundle(bundle: Bundle): Promise<Readonly<Record<string, unknown>>> {
  // makes stack traces refer to the lines of the user's file
  process.setSourceMapsEnabled(true);
  const folder = await mkdtemp(join(tmpdir(), 'lethe-nodes-'));
  try {
    const file = join(folder, 'nodes.mjs');
    await writeFile(file, bundle.code);
    return (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Plugin that makes packages external. A package is resolved from the importing file, else from Lethe's own folder. */
const packagesOutside: Plugin = {
  name: 'packages-outside',
  setup(build) {
    build.onResolve({ filter: /^[^./#]/ }, async (args): Promise<OnResolveResult | undefined> => {
      if (args.kind === 'entry-point' || args.pluginData === 'inner' || resolve(args.path) === args.path)
        return undefined;
      const outside = (path: string): OnResolveResult => ({
        path: args.kind.startsWith('require') ? path : pathToFileURL(path).href,
        external: true,
      });
      const entry = ENTRIES[args.path];
      if (entry !== undefined) return outside(entry);
      if (isBuiltin(args.path)) return { path: args.path, external: true };
      const found = await find(build, args);
      return found === undefined ? undefined : outside(found);
    });
  },
};

async function find(build: PluginBuild, { path, kind, resolveDir }: OnResolveArgs): Promise<string | undefined> {
  for (const from of [resolveDir, PACKAGE]) {
    const { errors, path: found } = await build.resolve(path, { kind, resolveDir: from, pluginData: 'inner' });
    if (errors.length === 0 && found !== '') return found;
  }
  return undefined;
}

/**
 * Replacements for expressions that depend on the location of the source file. esbuild does not replace equal text
 * inside strings.
 */
const OF_THE_FILE = {
  'import.meta': '__letheFile',
  __dirname: '__letheFile.dirname',
  __filename: '__letheFile.filename',
  'require.resolve': '__letheFile.require.resolve',
};
const MENTIONS = /import\s*\.\s*meta|__dirname|__filename|require\s*\.\s*resolve/;

/**
 * Plugin that declares `__letheFile` in every source file that needs it. The bundle lies in another folder, but each
 * source file must see its own location.
 */
const keepPlaces: Plugin = {
  name: 'keep-places',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!MENTIONS.test(text)) return undefined;
      const [, extension = 'js'] = /\.[cm]?([jt]sx?)$/.exec(path) ?? [];
      // The declaration is put on an existing line, so that line numbers do not change.
      const contents = text.replace(/^(?:#!.*\n)?/, (shebang) => `${shebang}${declaration(path)}`);
      return { contents, loader: extension as 'js' | 'ts' };
    });
  },
};

const declaration = (path: string): string => `var __letheFile = __letheFileAt(${JSON.stringify(path)}); `;

/**
 * Beginning of the bundle. It defines `require` for CommonJS code, and `__letheFileAt`, which creates the `import.meta`
 * of a source file.
 */
const banner = (path: string): string => `
import { createRequire as __letheRequire, isBuiltin as __letheBuiltin } from 'node:module';
import { dirname as __letheDirname } from 'node:path';
import { pathToFileURL as __letheUrl } from 'node:url';
const require = __letheRequire(${JSON.stringify(path)});
const __letheFileAt = (filename) => {
  const url = __letheUrl(filename).href;
  const require = __letheRequire(filename);
  const resolve = (specifier) => {
    if (/^\\.{0,2}\\//.test(specifier) || URL.canParse(specifier)) return new URL(specifier, url).href;
    return __letheBuiltin(specifier) ? 'node:' + specifier : __letheUrl(require.resolve(specifier)).href;
  };
  return { url, filename, dirname: __letheDirname(filename), resolve, require };
};`;

async function describe({ text, location }: Message, path: string): Promise<Failure> {
  const name = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  const made = (data: { readonly file?: string }, place?: Place): Failure =>
    name === undefined
      ? failure('bad-node-file', { message: text, ...data }, place)
      : failure('missing-import', { name, ...data }, place);
  if (location === null) return made({ file: path });
  const file = resolve(PACKAGE, location.file);
  const source = await readFile(file, 'utf8').catch(() => '');
  let start = 0;
  for (let line = 1; line < location.line; line++) start = source.indexOf('\n', start) + 1;
  if (location.lineText.startsWith(declaration(file))) start -= declaration(file).length;
  // esbuild counts columns and lengths in bytes.
  const inChars = (bytes: number): number => Buffer.from(location.lineText).subarray(0, bytes).toString().length;
  start += inChars(location.column);
  const length = inChars(location.column + location.length) - inChars(location.column);
  return made({}, { range: { file, start, end: start + Math.max(1, length) } });
}
