// `why` and `plan` name the exact field, file, output or version, and give the same reasons before a run as the run
// itself.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import type { Graph, Json } from '../../../src/runtime/contracts/graph.ts';
import type { ActionRecord } from '../../../src/runtime/contracts/keys.ts';
import { actionKey } from '../../../src/runtime/contracts/keys.ts';
import { planGraph } from '../../../src/runtime/engine/plan.ts';
import type { PlannedStep } from '../../../src/runtime/engine/planned-step.ts';
import { describeChange, diffActions } from '../../../src/runtime/engine/diff-actions.ts';
import { explainSteps } from '../../../src/runtime/engine/explain-steps.ts';
import { buildFixtures, graphOf, removeFixtures, Rig, scaling } from './engine-rig.ts';
import type { StepSpec } from './engine-rig.ts';

const digest = (letter: string): Digest => letter.repeat(64) as Digest;
const base: ActionRecord = {
  node: 'n',
  version: 1,
  code: null,
  numerics: null,
  dtype: 'float32',
  params: { alpha: 0.00015, list: [1, 2], file: { file: digest('a') }, deep: { 'a/b': 1 } },
  inputs: {
    data: digest('b'),
    many: [
      [{ x: 1 }, digest('c')],
      [{ x: 2 }, digest('d')],
    ],
  },
};

describe('diffActions', () => {
  it('names the field', () => {
    const texts = (after: Partial<ActionRecord>): string[] =>
      diffActions(base, { ...base, ...after }).map((change) => describeChange(change));
    expect(texts({})).toEqual([]);
    expect(texts({ params: { ...base.params, alpha: 0.0002 } })).toEqual(['param /alpha: 0.00015 -> 0.0002']);
    expect(texts({ params: { ...base.params, deep: { 'a/b': 2 } } })).toEqual(['param /deep/a~1b: 1 -> 2']);
    expect(texts({ params: { ...base.params, list: [1, 2, 3] } })).toEqual(['param /list/2: (absent) -> 3']);
    expect(texts({ params: { ...base.params, file: { file: digest('e') } } })).toEqual([
      'file /file: aaaaaaaaaaaa -> eeeeeeeeeeee',
    ]);
    expect(texts({ version: 2 })).toEqual(['node version: 1 -> 2']);
    expect(texts({ code: digest('f') })).toEqual(['code: null -> ffffffffffff']);
    const files = { 'a.ts': digest('a'), 'lib/b.ts': digest('b') };
    const code = { ...base, code: digest('e'), codeFiles: files };
    const codeTexts = (now: Readonly<Record<string, Digest>>): string[] =>
      diffActions(code, { ...base, code: digest('f'), codeFiles: now }).map((change) => describeChange(change));
    expect(codeTexts({ ...files, 'lib/b.ts': digest('c') })).toEqual(['code lib/b.ts: bbbbbbbbbbbb -> cccccccccccc']);
    expect(codeTexts({ 'a.ts': digest('a'), 'd.ts': digest('d') })).toEqual([
      'code d.ts: (absent) -> dddddddddddd',
      'code lib/b.ts: bbbbbbbbbbbb -> (absent)',
    ]);
    expect(
      diffActions({ ...base, code: digest('e') }, { ...code, code: digest('f') }).map((change) =>
        describeChange(change),
      ),
    ).toEqual(['code: eeeeeeeeeeee -> ffffffffffff']);
    expect(actionKey(code)).toBe(actionKey({ ...base, code: digest('e') }));
    expect(texts({ numerics: { backend: 'wasm' } })).toEqual(['numerics: null -> {"backend":"wasm"}']);
    expect(texts({ inputs: { ...base.inputs, data: digest('f') } })).toEqual([
      'input data: bbbbbbbbbbbb -> ffffffffffff',
    ]);
    expect(
      texts({
        inputs: {
          ...base.inputs,
          many: [
            [{ x: 1 }, digest('c')],
            [{ x: 2 }, digest('f')],
          ],
        },
      }),
    ).toEqual(['input many[x=2]: dddddddddddd -> ffffffffffff']);
    expect(
      texts({
        inputs: {
          ...base.inputs,
          many: [
            [{ x: 2 }, digest('d')],
            [{ x: 1 }, digest('c')],
          ],
        },
      }),
    ).toEqual([expect.stringMatching(/^input order/)]);
  });

  it('is empty exactly where keys are equal', () => {
    const scalar = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.constant(null));
    const params = fc.dictionary(
      fc.string(),
      fc.oneof(scalar, fc.array(scalar), fc.dictionary(fc.string(), scalar)),
    ) as fc.Arbitrary<Record<string, Json>>;
    const action = fc.record({ params, version: fc.integer({ min: 1, max: 2 }) }).map((some) => ({ ...base, ...some }));
    fc.assert(
      fc.property(action, action, fc.boolean(), (a, b, equal) => {
        const other = equal ? structuredClone(a) : b;
        expect(diffActions(a, other).length === 0).toBe(actionKey(a) === actionKey(other));
      }),
    );
  });
});

describe('plan and why', () => {
  let fixtures: ReturnType<typeof buildFixtures>;
  let rig: Rig;
  beforeAll(() => void (fixtures = buildFixtures()));
  afterAll(removeFixtures);
  beforeEach(() => void (rig = new Rig(fixtures)));
  afterEach(() => rig.close());

  const specs = (values: readonly number[], factor: number): StepSpec[] => [
    ...scaling(rig, values, { factor }),
    { use: 'total', name: 'total', with: { log: rig.log }, from: { values: 'scaled' } },
    { use: 'add', name: 'sum', with: { value: 1, log: rig.log, name: 'sum' }, from: { terms: ['total.number'] } },
  ];
  const plan = async (graph: Graph, options = {}): Promise<readonly PlannedStep[]> => {
    const planned = await planGraph(graph, await rig.store(), options);
    if (!planned.ok) throw new Error(JSON.stringify(planned.failures));
    return planned.value.steps;
  };
  const why = async (graph: Graph, step: string): Promise<PlannedStep> => {
    const explained = await explainSteps(graph, await rig.store(), step);
    if (!explained.ok) throw new Error(JSON.stringify(explained.failures));
    return explained.value[0] as PlannedStep;
  };

  it('predicts what the run then does', async () => {
    const graph = graphOf(specs([1, 2], 2));
    expect((await plan(graph)).map(({ status, reason }) => [status, reason])).toEqual([
      ['will-run', 'no earlier result'],
      ['unknown', 'depends on the outputs of data'],
      ['unknown', 'depends on the outputs of scaled'],
      ['unknown', 'depends on the outputs of total'],
    ]);
    expect(rig.executions()).toEqual([]);
    await rig.run(graph);
    expect((await plan(graph)).map(({ status }) => status)).toEqual(Array(4).fill('cached'));
    const changed = await plan(graphOf(specs([1, 2], 3)));
    expect(changed[1]).toMatchObject({
      status: 'will-run',
      reason: 'param /factor: 2 -> 3',
      itemsMissing: 2,
      changes: [{ what: 'param', where: '/factor', before: 2, after: 3 }],
    });
    expect(changed[2]).toMatchObject({ status: 'unknown' });
    expect((await plan(graph, { force: ['total'] }))[2]).toMatchObject({ status: 'will-run', reason: 'forced' });
    expect((await plan(graph, { targets: ['scaled'] })).map(({ step }) => step.name)).toEqual(['data', 'scaled']);
  });

  it('explains a rerun before and after it', async () => {
    await rig.run(graphOf(specs([1, 2], 2)));
    expect((await why(graphOf(specs([1, 2], 2)), 'scaled')).reason).toMatch(/no earlier result to compare with/);
    const graph = graphOf(specs([1, 2, 3], 2));
    expect(await why(graph, 'data')).toMatchObject({ status: 'will-run', reason: 'param /values/2: (absent) -> 3' });
    const ran = await rig.run(graph);
    const reason = ran.events.find((event) => event.event === 'step-started' && event.step === 'scaled');
    expect(reason).toMatchObject({
      reason: expect.stringMatching(/^input data \(data of data\): [0-9a-f]{12} -> [0-9a-f]{12}$/),
    });
    expect(await why(graph, 'data')).toMatchObject({
      status: 'cached',
      reason: expect.stringMatching(/because of param \/values\/2: \(absent\) -> 3$/),
    });
    expect(await why(graph, 'total')).toMatchObject({
      status: 'cached',
      changes: [{ what: 'input', where: 'values', from: { step: 'scaled', output: 'values' } }],
    });
    expect((await explainSteps(graph, await rig.store(), 'totl')).ok).toBe(false);
  });

  it('names the cause for a step whose inputs are not known yet', async () => {
    await rig.run(graphOf(specs([1, 2], 2)));
    const changed = await why(graphOf(specs([1, 2], 3)), 'sum');
    expect(changed).toMatchObject({
      status: 'unknown',
      reason: 'depends on the outputs of total',
      causes: [{ step: 'scaled', points: 1, reason: 'param /factor: 2 -> 3' }],
    });
    // For steps that depend on others, only the first cause is reported, not their own changes.
    expect((await why(graphOf(specs([1, 2, 3], 3)), 'sum')).causes).toEqual([
      { step: 'data', points: 1, reason: 'param /values/2: (absent) -> 3' },
    ]);
    expect((await why(graphOf(specs([1, 2], 3)), 'scaled')).causes).toBeUndefined();
  });

  it('groups points of a sweep that are computed for the same reason', async () => {
    const points = [1, 2, 3].map((n) => ({
      use: 'add',
      name: `term[n=${n}]`,
      with: { value: n, log: rig.log, name: `t${n}` },
      from: { terms: [] },
    }));
    const sum = {
      use: 'add',
      name: 'sum',
      with: { value: 0, log: rig.log, name: 'sum' },
      from: { terms: points.map(({ name }) => name) },
    };
    expect((await why(graphOf([...points, sum]), 'sum')).causes).toEqual([
      { step: 'term', points: 3, reason: 'no earlier result' },
    ]);
  });

  it('names files with their old and new content', async () => {
    const path = join(rig.folder, 'in.txt');
    const graph = graphOf([
      {
        use: 'read-file',
        name: 'read',
        with: { file: 'in.txt', log: '', touch: false },
        files: [{ pointer: '/file', path }],
      },
    ]);
    writeFileSync(path, 'one');
    await rig.run(graph);
    writeFileSync(path, 'three');
    expect((await why(graph, 'read')).changes).toMatchObject([
      {
        what: 'file',
        where: path,
        before: expect.stringMatching(/^[0-9a-f]{64}$/),
        after: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  it('compares nothing with what another pipeline computed', async () => {
    await rig.run(graphOf(specs([1], 2), { file: '/somewhere/old.yaml', pipeline: 'old' }));
    const other = graphOf(specs([1], 4), { file: '/somewhere/new.yaml', pipeline: 'new' });
    expect(await why(other, 'scaled')).toMatchObject({ reason: 'no earlier result' });
    expect((await rig.run(other)).events).toContainEqual(
      expect.objectContaining({ event: 'step-started', step: 'scaled', reason: 'no earlier result' }),
    );
  });

  it('compares with the same step of another file of the pipeline where this one is new', async () => {
    await rig.run(graphOf(specs([1], 2), { file: '/somewhere/old.yaml' }));
    const renamed = graphOf(specs([1], 4), { file: '/somewhere/new.yaml' });
    expect(await why(renamed, 'scaled')).toMatchObject({ reason: 'param /factor: 2 -> 4' });
  });

  it('compares with the last result, not with the last run', async () => {
    await rig.run(graphOf(specs([1], 2)));
    await rig.run(graphOf(specs([1], 3)));
    await rig.run(graphOf(specs([1], 2))); // cached, but now the present state
    expect(await why(graphOf(specs([1], 5)), 'scaled')).toMatchObject({ reason: 'param /factor: 2 -> 5' });
  });
});
