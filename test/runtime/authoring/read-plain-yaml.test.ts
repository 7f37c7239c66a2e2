// The fast parser gives the same result as the full parser, or none.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPlainYaml } from '../../../src/runtime/authoring/read-plain-yaml.ts';
import { collectMistakes } from '../../../src/runtime/authoring/report.ts';
import { readYaml } from '../../../src/runtime/authoring/read-yaml.ts';

/** True if the text is in the subset of the fast parser; then both results must be equal. */
function isPlain(text: string): boolean {
  const quick = readPlainYaml(text, 'p.yaml');
  if (quick === undefined) return false;
  const { failures, report } = collectMistakes();
  expect(readYaml(text, 'p.yaml', report)).toStrictEqual({ ok: true, value: quick });
  expect(failures).toEqual([]);
  return true;
}

const TEXT = `# A comment.
pipeline: p
params: { images: 3, layers: [c, d] } # and one more
numerics:
  backend: wasm

  # deeper
steps:
    data:   {use: read-images , with: { files: ["p q.yaml",], share: 0.5, size: -3, rate: 1e-3 }}
    model: # of two
      use: read-model
      each:
        net:
          - { architecture: a, fold: false }
          - { architecture: 'b #', weights: null }
        layer:
          - 1
          - some words, and more  # there
    all: { use: collect, from: { tables: [
          data.rows, # the first
          model
        ], other: {} } }
`;

/** The pieces between the bars. */
const split = (pieces: string): readonly string[] => pieces.split('¦');

const PIECES = [
  ...split(
    'a: ¦b:¦c:\n¦$d: ¦- ¦-¦{¦}¦[¦]¦, ¦,¦: ¦:¦ ¦  ¦\n¦\n  ¦\n    ¦word¦two words¦x.y¦a/b¦null¦True¦true¦~¦1¦-0¦007¦1.50¦1e3¦1e¦0x1f',
  ),
  ...split(
    '.5¦"q"¦\'q\'¦\'\'¦"a\\n"¦"¦\'¦#¦ # c¦\n# c\n¦\n   # c\n¦&a ¦*a¦!t ¦|\n¦? ¦%¦\t¦---\n¦...¦a¦\r\n¦9007199254740993',
  ),
  ...split('2024-01-01¦1:30¦-x¦(x)¦=¦é¦\u2028¦\u0001¦@¦`'),
];
const STARTS = ['k: ', 'k:  ', 'k:\n', 'k:\n', 'k: # c\n', '- ', 'a: ', '# '];
const VALUES = [
  ...split(
    'word¦two words¦1¦-0.50¦1e3¦true¦null¦"q"¦\'q\'¦[]¦{}¦[1, a]¦{ a: b, c: [d] }¦word # c¦[1, # c\n 2]¦{ a:\n  b }',
  ),
  '[1,\n      2\n    ]',
];
interface Line {
  readonly indent: number;
  readonly start: string;
  readonly value: string;
}

/**
 * Lines below each other, mostly indented like blocks: as much as the line before, more after a key without a value, or
 * less.
 */
function layOut(lines: readonly Line[]): string {
  let text = '';
  let open = [0];
  for (const [i, { indent, start, value }] of lines.entries()) {
    open = open.slice(0, Math.max(1, open.length - Math.max(0, indent - 3)));
    const isKey = start.endsWith('\n');
    text += `${' '.repeat(open.at(-1) ?? 0)}${start.replace('k', `k${i}`)}`;
    if (isKey) open = [...open, (open.at(-1) ?? 0) + 1 + (indent % 3)];
    else text += `${value}\n`;
  }
  return text;
}

const RUNS = 8000;

describe('the fast parser', () => {
  test('reads the notation of most pipelines', () => {
    expect(isPlain(TEXT)).toBe(true);
    const files = ['pipelines', 'templates', 'examples'].flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => join(folder, name)),
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect([file, isPlain(readFileSync(file, 'utf8'))]).toEqual([file, true]);
  });

  test.each([
    ...split(
      '¦text¦- a¦ a: 1¦a: 1\na: 2¦a: { b: 1, b: 2 }¦a: &x 1¦a: *x¦a: !t 1¦a: |\n  b¦a:\n¦a: 1\n  b¦a: b: c¦a: "b¦a: [1¦a: [1\n]',
    ),
    ...split(
      'a: [1]]¦a: {b}¦a: [b c]¦a: [b: c]¦a: 1\r\n¦a:\tb¦---\na: 1¦a: 1\n---\nb: 1¦True: 1¦a: TRUE¦a: 0x1f¦a: .5¦a: b#c: d',
    ),
    ...split('a: 9007199254740993¦a: b #c\n  d'),
    `a: ${'['.repeat(60)}${']'.repeat(60)}`,
  ])('leaves %j to the parser', (text) => {
    expect(isPlain(text)).toBe(false);
  });

  test('leaves a text of very many words to the full parser', () => {
    expect(isPlain(`a: ${'b '.repeat(99)}c`)).toBe(true);
    expect(isPlain(`a: ${'b '.repeat(4_000_000)}c`)).toBe(false);
  });

  test('agrees with the parser about whatever is made of pieces of YAML', () => {
    const piece = fc.constantFrom(...PIECES, ...VALUES);
    const pieces = fc.array(piece, { maxLength: 3 }).map((all) => all.join(''));
    const line = fc.record({
      indent: fc.nat(5),
      start: fc.constantFrom(...STARTS),
      value: fc.oneof({ weight: 7, arbitrary: fc.constantFrom(...VALUES) }, { weight: 1, arbitrary: pieces }),
    });
    let plain = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 7 }), (lines) => void (plain += Number(isPlain(layOut(lines))))),
      { numRuns: RUNS },
    );
    expect(plain).toBeGreaterThan(RUNS / 20);
  });

  test('agrees with the parser about a plain file with pieces of YAML put in and taken out', () => {
    const edit = fc.tuple(fc.nat(TEXT.length), fc.nat({ max: 6 }), fc.constantFrom('', ...PIECES));
    let plain = 0;
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
        const text = edits.reduce((sum, [at, cut, piece]) => sum.slice(0, at) + piece + sum.slice(at + cut), TEXT);
        plain += Number(isPlain(text));
      }),
      { numRuns: RUNS / 4 },
    );
    expect(plain).toBeGreaterThan(RUNS / 80);
  });
});
