// `runPipeline` of the built package: rows of tables by the name of a step, an output, or a point of a sweep.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const LETHE = new URL('../dist/index.js', import.meta.url).href;

let folder: string;
let answers: Readonly<Record<string, unknown>>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lethe-rows-'));
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const printed = execFileSync(process.execPath, ['program.mjs'], { cwd: folder, encoding: 'utf8' });
  answers = JSON.parse(printed) as Record<string, unknown>;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = {
  'nodes.ts': `import { defineKind, defineNode, fail, Type } from 'lethe';
const columns = { name: { type: 'utf8', doc: 'N' }, value: { type: 'float64', doc: 'V', optional: true } } as const;
const table = defineKind({ name: 'numbers', doc: 'T', codec: 'table', columns });
const note = defineKind({ name: 'note', doc: 'N', codec: 'json' });
export const numbers = defineNode({ type: 'numbers', version: 1, doc: 'D', inputs: {}, examples: [],
  params: Type.Object({ by: Type.Number() }),
  outputs: { first: { kind: table, doc: 'F' }, second: { kind: table, doc: 'S' }, note: { kind: note, doc: 'N' } },
  run: async (context) => {
    const { by } = context.params;
    if (by === 0) fail({ reason: 'zero', headline: 'by is zero' });
    return {
      first: await context.table(table, [{ name: 'one', value: by }, { name: 'two', value: 2.5 * by }]),
      second: await context.table(table, []),
      note: await context.json(note, 'no table'),
    };
  } });
`,
  'p.yaml': `pipeline: p
nodes: [./nodes.ts]
steps:
  one: { use: numbers, with: { by: 1 } }
  swept: { use: numbers, each: { by: [2, 3] } }
  broken: { use: numbers, with: { by: 0 } }
`,
  'program.mjs': `import { runPipeline } from ${JSON.stringify(LETHE)};
const run = await runPipeline('p.yaml', { cache: 'cache', keepGoing: true });
if (!run.ok) throw new Error(JSON.stringify(run.failures));
const answers = { failures: run.value.failures.map(({ reason, step }) => ({ reason, step })) };
for (const name of ['one', 'one.first', 'one.second', 'one.note', 'one.third', 'swept', 'swept[by=3]', 'swept[by=3].first', 'broken', 'nowhere'])
  answers[name] = await run.value.rows(name).catch((error) => error.name + ': ' + error.message);
await run.value.close();
console.log(JSON.stringify(answers));
`,
};

const rows = (by: number) => [
  { name: 'one', value: by },
  { name: 'two', value: 2.5 * by },
];

it('reads the first output of a step, or the one that is named', () => {
  expect(answers['one']).toEqual(rows(1));
  expect(answers['one.first']).toEqual(rows(1));
  expect(answers['one.second']).toEqual([]);
});

it('reads points of a sweep by their names', () => {
  expect(answers['swept[by=3]']).toEqual(rows(3));
  expect(answers['swept[by=3].first']).toEqual(rows(3));
});

it('explains why a name has no table', () => {
  const text = /^RangeError: /;
  expect(answers['nowhere']).toMatch(text);
  expect(answers['nowhere']).toMatch(/nowhere/);
  expect(answers['swept']).toMatch(/step\[axis=value\]/);
  expect(answers['one.third']).toMatch(text);
  expect(answers['broken']).toMatch(text);
  expect(answers['one.note']).toMatch(/note/);
});

it('reports the step that failed, beside the rows of the others', () => {
  expect(answers['failures']).toEqual([{ reason: 'zero', step: 'broken' }]);
});
