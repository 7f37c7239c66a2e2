// docs/extending/ is true: in a copy of the project, the files of all pages are added, `npm run generate` takes them in, and every
// command of the pages prints what the page says. A fence names its file (```ts src/...), runs commands (```sh), or lists texts
// that the commands before it print (```output).
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const pages = readdirSync(join(root, 'docs', 'extending')).filter((name) => name !== 'README.md');

interface Fence {
  readonly language: string;
  /** The file that the fence is, from the root of the project. */
  readonly file: string;
  readonly text: string;
}

function fencesOf(page: string): readonly Fence[] {
  const text = readFileSync(join(root, 'docs', 'extending', page), 'utf8');
  return [...text.matchAll(/^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', file = '', body = '']) => ({
      language,
      file,
      text: body,
    }),
  );
}

/** What the project consists of, node_modules and what is made aside. */
const PARTS = [
  ...['src', 'scripts', 'schemas', 'docs', 'examples', 'templates', 'pipelines', 'test'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.test.json', 'README.md', 'CONTRIBUTING.md'],
  ...['.prettierrc.json', '.prettierignore', 'eslint.config.js', 'vitest.config.ts', 'CHANGELOG.md'],
];

describe('docs/extending', () => {
  let scratch: string;
  const run = (
    program: string,
    args: readonly string[],
  ): { readonly status: number | null; readonly printed: string } => {
    const done = spawnSync(program, args, {
      cwd: scratch,
      encoding: 'utf8',
      env: { ...process.env, LETHE_CACHE: join(scratch, 'cache'), NO_COLOR: '1' },
    });
    return { status: done.status, printed: `${done.stdout}${done.stderr}` };
  };
  const script = (...args: readonly string[]): ReturnType<typeof run> => run(process.execPath, args);

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'lethe-extending-'));
    for (const part of PARTS) cpSync(join(root, part), join(scratch, part), { recursive: true });
    // Packages are as in the lock file, so nothing is installed through the link.
    symlinkSync(join(root, 'node_modules'), join(scratch, 'node_modules'), 'dir');
    for (const { file, text } of pages.flatMap(fencesOf)) {
      if (file === '') continue;
      mkdirSync(dirname(join(scratch, file)), { recursive: true });
      writeFileSync(join(scratch, file), text);
    }
    for (const step of ['scripts/prepare.mjs', 'scripts/run-ts.mjs scripts/generate.ts', 'scripts/prepare.mjs']) {
      const done = script(...step.split(' '));
      expect(done.status, done.printed).toBe(0);
    }
  }, 400_000);
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('has a page for every row of its table', () => {
    const index = readFileSync(join(root, 'docs', 'extending', 'README.md'), 'utf8');
    const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name);
    expect([...new Set(linked)].sort()).toEqual([...pages].sort());
  });

  it('adds files that the compiler takes', () => {
    const done = script('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit');
    expect(done.status, done.printed).toBe(0);
  });

  it.each(pages)('%s', { timeout: 300_000 }, (page) => {
    const fences = fencesOf(page);
    expect(
      fences.some(({ language }) => language === 'sh'),
      'a page shows how its thing is used',
    ).toBe(true);
    let printed = '';
    for (const { language, text } of fences) {
      if (language === 'sh')
        printed = text
          .trim()
          .split('\n')
          .map((line) => runLine(line))
          .join('\n');
      if (language === 'output') for (const line of text.trim().split('\n')) expect(printed).toContain(line.trim());
    }
  });

  /** One command of a page: `npx lethe ...` or `npx vitest ...`; `npm run generate` is done. */
  function runLine(line: string): string {
    const [program, ...args] = line.replace(/\s+#.*$/, '').split(/\s+/);
    if (program === 'npm') {
      expect(args).toEqual(['run', 'generate']);
      return '';
    }
    expect(program).toBe('npx');
    const [name = '', ...rest] = args;
    const program2 = name === 'lethe' ? 'dist/cli.js' : join('node_modules', '.bin', name);
    const done = name === 'lethe' ? script(program2, ...rest) : run(join(scratch, program2), rest);
    expect(done.status, `${line}\n${done.printed}`).toBe(0);
    return done.printed;
  }
});
