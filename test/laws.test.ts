// Checks the laws of CONTRIBUTING.md that a program can check: allowed imports, no import cycles, wordings of failures
// in the catalogue, form of doc comments.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = join(root, 'src');
const files = readdirSync(source, { recursive: true })
  .map((name) => String(name).split(sep).join('/'))
  .filter((name) => name.endsWith('.ts'))
  .sort();
const textOf = (file: string): string => readFileSync(join(source, file), 'utf8');

interface Import {
  readonly from: string;
  /** Path of a file in src/, or the name of a package. */
  readonly to: string;
  /** True for a static import, false for `import()`. */
  readonly early: boolean;
}

/** The table of folders in CONTRIBUTING: each folder with the prefixes of the paths that its files may import. */
function readRooms(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^\| `([^`]+)` +\|[^|]*\|([^|]*)\|$/gm);
  return new Map(
    [...rows].map(([, folder = '', allowed = '']) => [
      folder,
      allowed.includes('everything') ? [''] : [...allowed.matchAll(/`([^`]+)`/g)].map(([, prefix = '']) => prefix),
    ]),
  );
}

/** Folder of the table to which a file belongs: the longest one that contains it. */
function roomOf(file: string, rooms: ReadonlyMap<string, unknown>): string {
  const within = [...rooms.keys()].filter((room) => file.startsWith(`${room}/`)).sort((a, b) => b.length - a.length);
  return within[0] ?? (file.includes('/') ? `no room holds ${file}` : '.');
}

const lies = (file: string, prefix: string): boolean =>
  prefix === '' || file === prefix || file.startsWith(`${prefix}/`);

/** Imports of every file at run time, `import()` included, type imports not. */
async function importsOf(): Promise<readonly Import[]> {
  const { metafile } = await build({
    absWorkingDir: source,
    entryPoints: files,
    outdir: 'nowhere',
    write: false,
    bundle: true,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    splitting: true,
    logLevel: 'error',
  });
  return Object.entries(metafile.inputs).flatMap(([from, { imports }]) =>
    imports.map(({ path, kind }) => ({ from, to: path, early: kind !== 'dynamic-import' })),
  );
}

/** Imports of every file in TypeScript, type imports included. */
function typedImports(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    files.map((file) => [
      file,
      ts
        .preProcessFile(textOf(file), true, true)
        .importedFiles.map(({ fileName }) => fileName)
        .filter((name) => name.startsWith('.'))
        .map((name) =>
          relative(source, join(source, dirname(file), name))
            .split(sep)
            .join('/'),
        ),
    ]),
  );
}

/** One import cycle as a list of files; empty if there is none. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return [];
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next);
      if (circle.length > 0) return circle;
    }
    path.pop();
    done.add(file);
    return [];
  };
  for (const file of imports.keys()) {
    const circle = visit(file);
    if (circle.length > 0) return circle;
  }
  return [];
}

describe('rooms', () => {
  const rooms = readRooms();
  let imports: readonly Import[];
  beforeAll(async () => {
    imports = await importsOf();
  });

  it('are all in the table', () => {
    expect(rooms.size).toBeGreaterThan(10);
    expect(files.map((file) => roomOf(file, rooms)).filter((room) => !rooms.has(room))).toEqual([]);
  });

  it('import only what the table allows, import() included', () => {
    const wrong = imports
      .filter(({ to }) => files.includes(to))
      .filter(({ from, to }) => {
        const room = roomOf(from, rooms);
        return roomOf(to, rooms) !== room && !(rooms.get(room) ?? []).some((prefix) => lies(to, prefix));
      });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it('load the tensor library only in its rooms, and Arrow only by import()', () => {
    const heavy = imports.filter(({ to, early }) => early && /^(@tensorflow\/|apache-arrow)/.test(to));
    const allowed = [
      'math/',
      'compute/',
      'network/',
      'measure-backend.ts',
      'webgpu-trial.ts',
      'nodes/networks/training/',
    ];
    expect(heavy.filter(({ from }) => !allowed.some((prefix) => from.startsWith(prefix)))).toEqual([]);
  });

  it('hold no circle of imports, types included', () => {
    expect(findCircle(typedImports())).toEqual([]);
  });
});

describe('a circle', () => {
  it('is found', () => {
    const circle = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['d']],
      ['d', ['a']],
    ]);
    expect(findCircle(circle)).toEqual(['a', 'c', 'd', 'a']);
  });
});

describe('words', () => {
  /** Lines of src/ that match a pattern, as `file:line: text`. */
  const linesWith = (pattern: RegExp, except: (file: string) => boolean): readonly string[] =>
    files
      .filter((file) => !except(file))
      .flatMap((file) =>
        textOf(file)
          .split('\n')
          .flatMap((line, k) => (pattern.test(line) ? [`${file}:${k + 1}: ${line.trim()}`] : [])),
      );

  it('of failures are in the catalogue', () => {
    const catalogue = 'runtime/contracts/failures/';
    const outside = files.filter((file) => !file.startsWith(catalogue));
    expect(outside.flatMap((file) => wordings(file).map((line) => `${file}:${line}`))).toEqual([]);
  });

  it('of a failure stand under one reason of one topic', async () => {
    const topics = files.filter(
      (file) => file.startsWith('runtime/contracts/failures/') && !file.endsWith('catalogue.ts'),
    );
    const entries = await Promise.all(
      topics.map(async (file) => {
        const module = (await import(join(source, file))) as Readonly<Record<string, unknown>>;
        return Object.values(module).flatMap((value) =>
          typeof value === 'object' && value !== null ? Object.keys(value) : [],
        );
      }),
    );
    const reasons = entries.flat();
    expect(reasons.length).toBeGreaterThan(100);
    expect(reasons.filter((reason, k) => reasons.indexOf(reason) !== k)).toEqual([]);
  });

  it('of doc comments begin with the noun they describe', () => {
    expect(
      linesWith(/^\s*(\/\*\*|\*) (What|Of|Whether|Whose|That of)\b/, () => false).filter(isFirstOfComment),
    ).toEqual([]);
  });

  it('of the environment are read where settings are declared', () => {
    const declared = new Set(['runtime/contracts/settings.ts']);
    expect(linesWith(/process\.env\[?\.?['"]?LETHE_/, (file) => declared.has(file))).toEqual([]);
  });
});

/** True for the first line of a comment: the law does not apply to later sentences. */
function isFirstOfComment(line: string): boolean {
  const [, file = '', number = '0'] = /^([^:]+):(\d+):/.exec(line) ?? [];
  const before = textOf(file).split('\n')[Number(number) - 2] ?? '';
  return line.includes('/**') || before.trim() === '/**';
}

/** Lines of a file with an object literal that sets `headline` to a new text. */
function wordings(file: string): readonly number[] {
  const tree = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.ES2022, true);
  const lines: number[] = [];
  const visit = (node: ts.Node): void => {
    const words =
      (ts.isPropertyAssignment(node) && !ts.isPropertyAccessExpression(node.initializer)) ||
      ts.isShorthandPropertyAssignment(node);
    if (words && node.name.getText(tree) === 'headline')
      lines.push(tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return lines;
}
