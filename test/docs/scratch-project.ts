// A copy of the project in a temporary folder, to which the examples of docs/extending/ are added.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Everything that `npm run generate` and the bundle are made from. */
const PARTS = ['src', 'scripts', 'schemas', 'package.json', 'README.md', 'tsconfig.json', '.prettierrc.json'];

export interface ScratchProject {
  readonly folder: string;
  write(path: string, text: string): void;
  read(path: string): string;
  /** Executes `npm run generate`. */
  generate(): void;
  /** Builds dist/ without checking types. */
  bundle(): Promise<void>;
  /** Executes the built command line and returns its output. */
  lethe(...args: readonly string[]): string;
  remove(): void;
}

export function scratchProject(): ScratchProject {
  const folder = mkdtempSync(join(tmpdir(), 'lethe-scratch-'));
  for (const part of PARTS) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const node = (...args: readonly string[]): string =>
    execFileSync(process.execPath, args, {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LETHE_CACHE: join(folder, 'cache') },
    });
  return {
    folder,
    write(path, text) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    generate: () => void node('scripts/run-ts.mjs', 'scripts/generate.ts'),
    async bundle() {
      const { bundle } = (await import(pathToFileURL(join(folder, 'scripts/bundle.mjs')).href)) as {
        bundle: (root: string) => Promise<void>;
      };
      await bundle(folder);
    },
    lethe: (...args) => node('dist/cli.js', ...args),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Contents of the code blocks of a page in a language. */
export function fencesOf(page: string, language: string): readonly string[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((match) => match[1] ?? '');
}
