// docs/extending/ is true: the files of its pages are added to a copy of the project, page by page, `npm run generate` takes them in,
// and every command of the pages does what the page says. A fence names its file (```ts src/...), changes one (```diff src/...), runs
// commands (```sh), or lists lines that the commands before it print (```output). Nothing but the files of the index changes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fencesOf, filesOf, scratchProject } from './scratch-project.ts';
import type { ScratchProject } from './scratch-project.ts';

const folder = fileURLToPath(new URL('../../docs/extending/', import.meta.url));
const pages = readdirSync(folder).filter((name) => name !== 'README.md');

/** Files that a page touches: those that it shows, and those that `generate` or one of its commands writes. */
interface Touched {
  readonly shown: readonly string[];
  readonly written: Set<string>;
}

let project: ScratchProject;
const touched = new Map<string, Touched>();

beforeAll(() => {
  project = scratchProject();
  for (const page of pages) {
    const before = project.snapshot();
    const files = filesOf(page, (path) => project.read(path));
    for (const [path, text] of files) project.write(path, text);
    // The last page is taken in by the command itself, which also builds; the others by the part of it that writes files.
    if (page === pages.at(-1)) must('npm', 'run', 'generate');
    else must(process.execPath, 'scripts/run-ts.mjs', 'scripts/generate.ts');
    const different = differences(before, project.snapshot());
    touched.set(page, {
      shown: different.filter((path) => files.has(path)),
      written: new Set(different.filter((path) => !files.has(path))),
    });
  }
}, 400_000);
afterAll(() => project.remove());

function must(program: string, ...args: readonly string[]): string {
  const done = project.run(program, args);
  expect(done.status, done.printed).toBe(0);
  return done.printed;
}

function differences(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.filter((path) => before.get(path) !== after.get(path));
}

describe('`npm run generate`', () => {
  it('leaves nothing to build', () => {
    expect(must(process.execPath, 'scripts/prepare.mjs')).toBe('');
  });

  it('leaves nothing to generate', () => {
    must(process.execPath, 'scripts/run-ts.mjs', 'scripts/generate.ts', '--check');
  });

  it('only checks with --check', () => {
    const page = project.read('docs/settings.md');
    project.write('docs/settings.md', `${page}Stale.\n`);
    const { status, printed } = project.run('npm', ['run', 'generate', '--', '--check']);
    expect(project.read('docs/settings.md')).toBe(`${page}Stale.\n`);
    expect([status, printed]).toEqual([
      1,
      expect.stringContaining('docs/settings.md is not what it is generated from'),
    ]);
    project.write('docs/settings.md', page);
  });
});

describe('the code of the pages', () => {
  const added = (): readonly string[] => [...touched.values()].flatMap(({ shown }) => shown);

  it('is taken by the compiler', () => {
    must(process.execPath, 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.test.json');
  });

  it('is formatted and linted as ours', () => {
    must(join('node_modules', '.bin', 'prettier'), '--check', ...added());
    const linted = added().filter((path) => /^(src|test)\/.*\.ts$/.test(path));
    must(join('node_modules', '.bin', 'eslint'), '--max-warnings=0', ...linted);
  });
});

describe.each(pages)('%s', (page) => {
  it('does what it says', { timeout: 300_000 }, () => {
    const fences = fencesOf(page);
    const before = project.snapshot();
    let printed = '';
    for (const { language, text } of fences) {
      if (language === 'sh') printed = text.trim().split('\n').map(runLine).join('\n');
      if (language === 'output') for (const line of text.trim().split('\n')) expect(printed).toContain(line.trim());
    }
    expect(
      fences.some(({ language }) => language === 'sh'),
      'a page shows how its thing is used',
    ).toBe(true);
    for (const path of differences(before, project.snapshot())) touched.get(page)?.written.add(path);
  });

  it('touches the files that the index says, and no other', () => {
    const { shown, written } = touched.get(page)!;
    const row = rowOf(page);
    expect(shown.filter((path) => !isExample(path) && !matches(path, row.byHand))).toEqual([]);
    expect([...written].filter((path) => !matches(path, row.written))).toEqual([]);
    // What the index lists is really touched.
    for (const pattern of row.written) expect([...written].filter((path) => matches(path, [pattern]))).not.toEqual([]);
    for (const pattern of row.byHand) expect(shown.filter((path) => matches(path, [pattern]))).not.toEqual([]);
  });
});

/** One command of a page: `npx lethe ...`, `npx vitest ...`, perhaps with variables before it. `npm run generate` is done. */
function runLine(line: string): string {
  const words = line.replace(/\s+#.*$/, '').split(/\s+/);
  if (words.join(' ') === 'npm run generate') return '';
  const from = words.findIndex((word) => !word.includes('='));
  const env = Object.fromEntries(words.slice(0, from).map((word) => word.split('=')));
  const [npx, name = '', ...args] = words.slice(from);
  expect(npx, line).toBe('npx');
  const command = name === 'lethe' ? [process.execPath, 'dist/cli.js'] : [join('node_modules', '.bin', name)];
  const [program = '', ...first] = command;
  const done = project.run(program, [...first, ...args], env);
  // A command that is to fail says so: `npx lethe check wrong.yaml # fails: ...`.
  expect(done.status === 0, `${line}\n${done.printed}`).toBe(!/# fails\b/.test(line));
  return done.printed;
}

/** Pipelines and data by which a page shows how its thing is used. */
const isExample = (path: string): boolean => /^(examples|pipelines)\/|^[\w-]+\.yaml$/.test(path);

interface IndexRow {
  /** Patterns of paths, as `src/nodes/<group>/<type>.ts`. */
  readonly byHand: readonly string[];
  readonly written: readonly string[];
}

/** The rows of a page in the table of the index, joined. */
function rowOf(page: string): IndexRow {
  const rows = readFileSync(join(folder, 'README.md'), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && line.includes(`](${page})`))
    .map((line) => line.split('|').map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path)));
  expect(rows, `the index has a row for ${page}`).not.toEqual([]);
  const column = (...numbers: readonly number[]): string[] =>
    rows.flatMap((cells) => numbers.flatMap((number) => cells[number] ?? []));
  return { byHand: column(2, 3), written: column(4) };
}

function matches(path: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/<[\w ]+>/g, '[\\w-]+');
    return new RegExp(`^${source}$`).test(path);
  });
}

it('the index has a row for every page', () => {
  const linked = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/\]\(([\w-]+\.md)\)/g)];
  expect([...new Set(linked.map(([, name]) => name))].sort()).toEqual([...pages].sort());
});
