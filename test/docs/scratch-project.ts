// A copy of the project in a temporary folder, to which the examples of docs/extending/ are added, and the fences of those pages.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Folders and files that the project consists of, except packages and whatever is built from them. */
const PARTS = [
  ...['src', 'scripts', 'schemas', 'docs', 'examples', 'templates', 'pipelines', 'test', 'bench'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.test.json', 'README.md', 'CONTRIBUTING.md'],
  ...['.prettierrc.json', '.prettierignore', 'eslint.config.js', 'vitest.config.ts', 'CHANGELOG.md'],
];

export interface ScratchProject {
  readonly folder: string;
  read(path: string): string;
  write(path: string, text: string): void;
  /** Runs a program in the project, with a cache of its own. `printed` is stdout and stderr. */
  run(program: string, args: readonly string[], env?: NodeJS.ProcessEnv): { status: number | null; printed: string };
  /** Digests of all files by path, packages and whatever is built excepted. */
  snapshot(): ReadonlyMap<string, string>;
  remove(): void;
}

export function scratchProject(): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-extending-'));
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  // Packages are as in the lock file, so nothing is installed through the link.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return {
    folder,
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    run(program, args, env = {}) {
      const done = spawnSync(program, args, {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, LETHE_CACHE: join(folder, 'cache'), NO_COLOR: '1', ...env },
      });
      return { status: done.status, printed: `${done.stdout}${done.stderr}` };
    },
    snapshot: () => new Map(filesIn(folder).map((path) => [path, digest(readFileSync(join(folder, path)))])),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !['node_modules', 'dist', 'cache'].includes(name))
    .flatMap((name) =>
      statSync(join(folder, name)).isDirectory()
        ? filesIn(join(folder, name)).map((path) => `${name}/${path}`)
        : [name],
    );
}

export interface Fence {
  readonly language: string;
  /** Path of the file that the fence belongs to, from the root of the project; empty where it belongs to none. */
  readonly file: string;
  readonly text: string;
}

/** Blocks of code of a page of docs/extending/, in their order. */
export function fencesOf(page: string): readonly Fence[] {
  const text = readFileSync(join(root, 'docs', 'extending', page), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file = '', body = '']) => ({ language, file, text: body }),
  );
}

/**
 * Files that a page adds or changes, by path. Several fences of one file are its parts, in their order, with an empty line in between.
 * A `diff` fence changes the file that it names: its lines that are old must be there exactly once.
 */
export function filesOf(page: string, read: (path: string) => string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const { language, file, text } of fencesOf(page)) {
    if (file === '') continue;
    const before = files.get(file);
    if (language === 'diff') files.set(file, changed(before ?? read(file), text, file));
    else files.set(file, before === undefined ? text : `${before}\n${text}`);
  }
  return files;
}

function changed(text: string, diff: string, file: string): string {
  const lines = diff.replace(/\n$/, '').split('\n');
  const side = (mark: string): string =>
    lines.flatMap((line) => (line.startsWith(mark) || line.startsWith(' ') ? [`${line.slice(1)}\n`] : [])).join('');
  const parts = text.split(side('-'));
  if (parts.length !== 2) throw new Error(`${file} has the old lines of this diff ${parts.length - 1} times:\n${diff}`);
  return parts.join(side('+'));
}
