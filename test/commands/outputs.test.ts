// Outputs of a run for people: copies, names of files, sweeps in `show`, and advice.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProject } from './lethe.ts';
import type { Project } from './lethe.ts';

const NODE = `import { defineKind, defineNode, Type } from 'lethe';
const numbers = defineKind({ name: 'numbers', doc: 'Numbers.', codec: 'table', columns: { value: { type: 'float64', doc: 'One.' }, size: { type: 'int32', doc: 'A column.' } } });
const note = defineKind({ name: 'note', doc: 'A text.', codec: 'json' });
export const count = defineNode({
  type: 'count', version: 1, doc: 'Counts.', light: true, inputs: {}, examples: [],
  params: Type.Object({ size: Type.Integer(), to: Type.Integer({ default: 2 }), label: Type.Optional(Type.String()) }),
  outputs: { table: { kind: numbers, doc: 'The numbers.' }, squares: { kind: numbers, doc: 'Squares.' }, note: { kind: note, doc: 'A remark.' } },
  async run({ params, table, json }) {
    const upTo = Array.from({ length: params.to }, (_, i) => i + 1);
    return {
      table: await table(numbers, upTo.map((value) => ({ value, size: params.size }))),
      squares: await table(numbers, upTo.map((value) => ({ value: value * value, size: params.size }))),
      note: await json(note, { counted: params.to }),
    };
  },
});
`;
const PIPELINE = `pipeline: counting
nodes: [./count.ts]
params: { to: 2 }
steps:
  one: { use: count, with: { size: 1, to: { $param: to } } }
  two: { use: count, with: { size: 2 } }
  swept: { use: count, each: { size: [3, 4] } }
`;
const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

let project: Project;
beforeAll(async () => {
  project = openProject();
  project.write('count.ts', NODE);
  project.write('p.yaml', PIPELINE);
  project.write('file', 'in the way');
  const first = await project.lethe('run', 'p.yaml');
  expect(first.code, first.stderr).toBe(0);
  expect(first.stdout).toMatch(/Arrow files:\n {2}one {2}\S+\n {2}two {2}\S+\n/);
});
afterAll(() => project[Symbol.dispose]());

describe('--out', () => {
  it('copies every output, under the names of step and output', async () => {
    expect((await project.lethe('run', 'p.yaml', '--out', 'made/here')).code).toBe(0);
    const of = (step: string): string[] => [`${step}.arrow`, `${step}.note.json`, `${step}.squares.arrow`];
    const expected = ['one', 'swept.size=3', 'swept.size=4', 'two'].flatMap(of);
    expect(readdirSync(join(project.folder, 'made/here')).sort()).toEqual(expected.sort());
  });

  it.each(['file', 'file/below', ...(existsSync('/proc/self') ? ['/proc/foo'] : [])])(
    'refuses %s before anything is computed',
    async (folder) => {
      const { code, stdout, stderr } = await project.lethe('run', 'p.yaml', 'one', '-p', 'to=7', '--out', folder);
      expect(code).toBe(2);
      expect(stderr).toMatch(/error.*outputs cannot be written[\s\S]*folder[\s\S]*name another folder/);
      expect(stdout).toBe('');
    },
  );

  it('names the file that prevents a copy', async () => {
    project.write('taken/one.arrow/file', '');
    const { code, stdout, stderr } = await project.lethe('run', 'p.yaml', 'one', '--out', 'taken');
    expect(code).toBe(1);
    expect(stderr).toContain('outputs cannot be written');
    expect(stdout).toContain('nothing to compute');
  });
});

it.runIf(existsSync('/dev/full'))('reports in one line that its output cannot be written', () => {
  const done = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" run p.yaml --json > /dev/full`], {
    cwd: project.folder,
    encoding: 'utf8',
  });
  expect(done.stderr).toMatch(/^error: the output cannot be written: .*\n$/);
  expect(done.status).toBe(1);
});

it.runIf(existsSync('/proc/self'))('does not hang if the cache cannot be created', async () => {
  const { code, stderr } = await project.lethe('run', 'p.yaml', '--cache', '/proc/x');
  expect(stderr).toContain('the cache folder cannot be opened');
  expect(code).toBe(2);
});

describe('show', () => {
  it('prints one CSV of a sweep, the point in front', async () => {
    const { stdout } = await project.lethe('show', 'p.yaml', 'swept.squares', '--format', 'csv');
    expect(stdout).toBe('axis size,value,size\n3,1,3\n3,4,3\n4,1,4\n4,4,4\n');
    const one = await project.lethe('show', 'p.yaml', 'swept[size=3]', '--format', 'csv');
    expect(one.stdout).toBe('value,size\n1,3\n2,3\n');
  });

  it('puts the point into the rows of JSON', async () => {
    const { events } = await project.lethe('show', 'p.yaml', 'swept', '--format', 'json');
    expect(events[2]).toEqual({ 'axis size': 4, value: 1, size: 4 });
  });

  it('repeats the given parameters and cache in its advice if there is no result yet', async () => {
    project.write('more.yaml', 'to: 9\n');
    const given = ['-p', 'to=8', '--params', 'more.yaml', '--cache', 'other'];
    const { code, stderr } = await project.lethe('show', 'p.yaml', 'one', ...given);
    expect(code).toBe(1);
    expect(stderr).toContain('Run it first: lethe run p.yaml one -p to=8 --params more.yaml --cache other');
  });
});

describe('words', () => {
  it('counts one step as one', async () => {
    const { stdout } = await project.lethe('run', 'p.yaml', 'one', '-p', 'to=5');
    expect(stdout).toContain('1 step computed, ');
    const planned = await project.lethe('plan', 'p.yaml', 'one', '-p', 'to=6', '--jobs', '2', '--backend', 'wasm');
    expect(planned.stdout).toContain('1 step to compute, 0 cached');
  });

  it('explains a step that is forced', async () => {
    const { code, stdout } = await project.lethe('why', 'p.yaml', 'one', '--force', 'one');
    expect(code).toBe(0);
    expect(stdout).toContain('one would run');
  });

  it('does not create a cache in order to inspect it', async () => {
    for (const args of [['cache', 'stat'], ['cache', 'verify'], ['runs']])
      await project.lethe(...args, '--cache', 'never');
    expect(existsSync(join(project.folder, 'never'))).toBe(false);
    const { code, stderr } = await project.lethe('cache', 'stat', '--cache', 'never');
    expect(code).toBe(2);
    expect(stderr).toContain('there is no cache in this folder yet');
  });
});
