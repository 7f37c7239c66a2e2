// Translates and bundles a user's file of node types: what it imports relatively goes into the bundle, packages stay outside.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BuildFailure, Message, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import type { Failure, Result } from '../contracts/failure.ts';

/** This package, as the user's file imports it. The same file from src/ (in tests) and from dist/. */
const PACKAGE = fileURLToPath(new URL('../../../', import.meta.url));
/** Its entries, by the name that files import. */
const ENTRIES: Readonly<Record<string, string>> = {
  lethe: join(PACKAGE, 'dist', 'index.js'),
  'lethe/kinds': join(PACKAGE, 'dist', 'kinds.js'),
  'lethe/testing': join(PACKAGE, 'dist', 'testing.js'),
};

export interface Bundle {
  readonly code: string;
  /** Absolute paths of the file and of everything it imports relatively, sorted. */
  readonly files: readonly string[];
}

/** Bundles one file. Mistakes in it are failures with their places. */
export async function bundleModule(path: string): Promise<Result<Bundle>> {
  const { build } = await import('esbuild');
  try {
    const built = await build({
      entryPoints: [path],
      absWorkingDir: PACKAGE,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      conditions: [],
      sourcemap: 'inline',
      logLevel: 'silent',
      // What is bundled from CommonJS calls this.
      banner: {
        js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(${JSON.stringify(pathToFileURL(path).href)});`,
      },
      plugins: [packagesOutside, keepUrls],
    });
    const files = Object.keys(built.metafile.inputs).map((file) => resolve(PACKAGE, file));
    return { ok: true, value: { code: built.outputFiles[0]?.text ?? '', files: files.sort() } };
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error;
    return { ok: false, failures: await Promise.all(errors.slice(0, 20).map((message) => describe(message, path))) };
  }
}

/** Runs a bundle as a module of this process. */
export async function importBundle(bundle: Bundle): Promise<Readonly<Record<string, unknown>>> {
  // Stack traces then speak of the user's own lines.
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

/** A package is looked for from the file that imports it, then among those of this package. */
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

/** `import.meta.url` stays that of the user's file, though the bundle lies elsewhere. */
const keepUrls: Plugin = {
  name: 'keep-urls',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const [, extension = 'js'] = /\.[cm]?([jt]sx?)$/.exec(path) ?? [];
      return {
        contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
        loader: extension as 'js' | 'ts',
      };
    });
  },
};

async function describe({ text, location }: Message, path: string): Promise<Failure> {
  const unresolved = /^Could not resolve "(.*)"$/.exec(text)?.[1];
  const failure: Failure = {
    reason: 'bad-node-file',
    headline: unresolved === undefined ? text.charAt(0).toLowerCase() + text.slice(1) : `cannot find ${unresolved}`,
    ...(unresolved === undefined
      ? {}
      : { help: /^[./]/.test(unresolved) ? 'Check the path.' : 'Install the package, or correct its name.' }),
  };
  if (location === null) return { ...failure, values: { file: path } };
  const file = resolve(PACKAGE, location.file);
  const source = await readFile(file, 'utf8').catch(() => '');
  let start = 0;
  for (let line = 1; line < location.line; line++) start = source.indexOf('\n', start) + 1;
  // Columns and lengths are counted in bytes.
  const inChars = (bytes: number): number => Buffer.from(location.lineText).subarray(0, bytes).toString().length;
  start += inChars(location.column);
  const length = inChars(location.column + location.length) - inChars(location.column);
  return { ...failure, range: { file, start, end: start + Math.max(1, length) } };
}
