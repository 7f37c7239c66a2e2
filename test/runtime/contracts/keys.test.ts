import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import type { Json } from '../../../src/runtime/contracts/graph.ts';
import type { ActionInput, ActionRecord } from '../../../src/runtime/contracts/keys.ts';
import {
  actionKey,
  digestBytes,
  digestCode,
  digestEntry,
  digestGraph,
  digestId,
  digestParams,
  digestPipeline,
  digestRun,
  digestTree,
  isDigest,
  itemKey,
} from '../../../src/runtime/contracts/keys.ts';

const [D1, D2] = ['1', '2'].map((digit) => digit.repeat(64)) as [Digest, Digest];

const action: ActionRecord = {
  node: 'estimate-delta-f2',
  version: 3,
  code: null,
  params: { per: 'image', alpha: 0.5, files: [{ file: D1 }] },
  inputs: { tap: D1, tables: [[{ layer: 'fc', depth: 20 }, D2]] },
  numerics: null,
  dtype: 'float32',
};

function sha256(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

describe('pre-images', () => {
  // These texts are part of the cache format: changing one invalidates every existing cache.
  const rest = `3,null,{"alpha":0.5,"files":[{"file":"${D1}"}],"per":"image"},{"tables":[[{"depth":20,"layer":"fc"},"${D2}"]],"tap":"${D1}"},null,"float32"]`;

  test('of an action', () => {
    expect(actionKey(action)).toBe(sha256(`["action/1","estimate-delta-f2",${rest}`));
    expect(actionKey(action)).toBe('ea363a94fe471e639859b68249dff1af6d53a963925a9ab3f2396c8ea47b80b9');
  });

  test('of an item', () => {
    expect(itemKey(action)).toBe(sha256(`["item/1","estimate-delta-f2",${rest}`));
    expect(itemKey(action)).toBe('6831ad541a4f650f1153ccbc301bc7430c5b014cd35e8506b993614e7e8fd6a2');
  });

  test('of an action whose parameters choose cards', () => {
    const cards = { 'dataset-format/cub': 2 };
    const text = `["action/1","estimate-delta-f2",${rest.slice(0, -1)},{"dataset-format/cub":2}]`;
    expect(actionKey({ ...action, cards })).toBe(sha256(text));
    expect(actionKey({ ...action, cards: { 'dataset-format/cub': 3 } })).not.toBe(actionKey({ ...action, cards }));
    expect(actionKey({ ...action, cards: {} })).not.toBe(actionKey({ ...action, cards }));
  });

  test('of a blob: its bytes, as sha256sum says', () => {
    expect(digestBytes(new Uint8Array(0))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestBytes(Buffer.from('abc'))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });

  test('of folders and code: paths and contents in one order', () => {
    const entries = [
      ['b', D1],
      ['a/c', D2],
    ] as const;
    expect(digestTree(entries)).toBe(sha256(`["tree/1",[["a/c","${D2}"],["b","${D1}"]]]`));
    expect(digestTree([...entries].reverse())).toBe(digestTree(entries));
    expect(digestCode(entries)).toBe(sha256(`["code/1",[["a/c","${D2}"],["b","${D1}"]]]`));
    expect(digestCode([...entries].reverse())).toBe(digestCode(entries));
  });

  test('of an entry: what the node reads of the item', () => {
    const entry = { id: D1, digest: D2, seen: { width: 3, height: 2 } };
    expect(digestEntry(entry)).toBe(sha256(`["entry/1","${D1}","${D2}",{"height":2,"width":3}]`));
    expect(digestEntry({ id: D1, digest: D2 })).toBe(sha256(`["entry/1","${D1}","${D2}",{}]`));
    expect(digestEntry({ id: D1, digest: D1 })).toBe(D1);
    expect(digestEntry({ id: D1, digest: D1, seen: {} })).toBe(D1);
    expect(digestEntry({ id: D1, digest: D1, seen: { label: 2 } })).toBe(
      sha256(`["entry/1","${D1}","${D1}",{"label":2}]`),
    );
  });

  test('of documents: graphs, traces, runs, costs and long ids', () => {
    const source = {
      build: '1',
      file: '/p.yaml',
      folders: ['/'],
      text: 'pipeline: p',
      paramsText: null,
      given: { n: 1 },
      types: ['t'],
    };
    expect(digestGraph(source)).toBe(sha256('["graph/2","1","/p.yaml",["/"],"pipeline: p",null,{"n":1},["t"]]'));
    expect(digestPipeline('/p.yaml', 'p')).toBe(sha256('["trace/1","/p.yaml"]'));
    expect(digestPipeline(null, 'p')).toBe(sha256('["trace/1",{"pipeline":"p"}]'));
    expect(digestRun([['a', actionKey(action)]])).toBe(sha256(`["run/1",[["a","${actionKey(action)}"]]]`));
    expect(digestParams({ b: 1, a: [] })).toBe(sha256('["params/1",{"a":[],"b":1}]'));
    expect(digestId('x')).toBe(sha256('["id/1","x"]'));
  });

  test('the form of an action in a program does not matter', () => {
    const { node, ...others } = action;
    expect(actionKey({ ...others, node })).toBe(actionKey(action));
    expect(actionKey({ ...action, params: { files: [{ file: D1 }], alpha: 0.5, per: 'image' } })).toBe(
      actionKey(action),
    );
    expect(actionKey({ ...action, extra: 1 } as ActionRecord)).toBe(actionKey(action));
  });
});

const digest = fc.string({
  minLength: 64,
  maxLength: 64,
  unit: fc.constantFrom(...Array.from('0123456789abcdef')),
}) as fc.Arbitrary<Digest>;
const json = fc.jsonValue({ depthSize: 'small' }) as fc.Arbitrary<Json>;
const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== '__proto__');
const axes = fc.dictionary(name, fc.oneof(fc.string(), fc.integer(), fc.boolean()), { maxKeys: 3 });
const input: fc.Arbitrary<ActionInput> = fc.oneof(digest, fc.array(fc.tuple(axes, digest), { maxLength: 3 }));
const anyAction: fc.Arbitrary<ActionRecord> = fc.record({
  node: fc.string(),
  version: fc.nat(),
  code: fc.option(digest),
  params: fc.dictionary(name, json, { maxKeys: 4 }),
  inputs: fc.dictionary(name, input, { maxKeys: 4 }),
  numerics: fc.option(fc.record({ backend: fc.string() })),
  dtype: fc.constant('float32' as const),
});

/** Text that is equal for values that differ at most in the order of keys. */
function normal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(normal).join()}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'undefined' : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([field, inner]) => `${JSON.stringify(field)}:${normal(inner)}`)
    .sort()
    .join()}}`;
}

/**
 * All actions that differ from this one in one place: a field, a parameter at any depth, an input, or one of them
 * removed.
 */
function changes(value: unknown, other: unknown): unknown[] {
  const changed: unknown[] = normal(value) === normal(other) ? [] : [other];
  if (Array.isArray(value)) {
    for (const [i, entry] of value.entries()) {
      for (const change of changes(entry, other)) changed.push(value.with(i, change));
      changed.push(value.toSpliced(i, 1));
    }
    changed.push([...(value as unknown[]), other]);
  } else if (typeof value === 'object' && value !== null) {
    const fields = value as Record<string, unknown>;
    for (const field of Object.keys(fields)) {
      for (const change of changes(fields[field], other)) changed.push({ ...fields, [field]: change });
      const others = Object.fromEntries(Object.entries(fields).filter(([one]) => one !== field));
      changed.push(others, { ...others, [`${field}'`]: fields[field] });
    }
    changed.push({ ...fields, another: other });
  } else if (typeof value === 'number') changed.push(value + 1, String(value), [value]);
  else if (typeof value === 'string') changed.push(`${value} `, value.length > 0 ? value.slice(0, -1) : 'x', [value]);
  else if (typeof value === 'boolean') changed.push(!value, String(value));
  else changed.push('null', {}, []);
  return changed;
}

describe('sensitivity', () => {
  test('every change of one field, at any depth, changes the key', () => {
    fc.assert(
      fc.property(anyAction, json, (original, other) => {
        const key = actionKey(original);
        for (const field of Object.keys(original) as (keyof ActionRecord)[]) {
          for (const change of changes(original[field], other)) {
            if (change === undefined || normal(change) === normal(original[field])) continue;
            const changed = { ...original, [field]: change } as ActionRecord;
            if (actionKey(changed) === key) throw new Error(`${field} may become ${JSON.stringify(change)} unnoticed`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the key of an item never equals that of a step', () => {
    fc.assert(fc.property(anyAction, (one) => itemKey(one) !== actionKey(one)));
  });

  test('the order in which keys were written changes nothing', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .map(([field, inner]) => [field, reversed(inner)] as const)
          .reverse(),
      );
    };
    fc.assert(
      fc.property(anyAction, (one) => {
        expect(actionKey(reversed(one) as ActionRecord)).toBe(actionKey(one));
        expect(actionKey(JSON.parse(JSON.stringify(one)) as ActionRecord)).toBe(actionKey(one));
      }),
    );
  });

  test('numbers are exact and texts are not normalised', () => {
    const keyOf = (value: Json) => actionKey({ ...action, params: { value } });
    expect(keyOf(1.0)).toBe(keyOf(1));
    expect(keyOf(-0)).toBe(keyOf(0));
    expect(keyOf(0.1 + 0.2)).not.toBe(keyOf(0.3));
    expect(keyOf(2 ** 53)).not.toBe(keyOf(2 ** 53 - 1));
    expect(keyOf(5e-324)).not.toBe(keyOf(0));
    expect(keyOf('é')).not.toBe(keyOf('e\u0301'));
    expect(keyOf('1')).not.toBe(keyOf(1));
    expect(keyOf(null)).not.toBe(keyOf('null'));
    expect(keyOf([])).not.toBe(keyOf({}));
    expect(() => keyOf(NaN)).toThrow(TypeError);
  });
});

test('what is a digest', () => {
  expect(isDigest(D1)).toBe(true);
  for (const no of [D1.slice(1), `${D1}0`, D1.replace('1', 'G'), 'A'.repeat(64), 1, null, [D1]])
    expect(isDigest(no)).toBe(false);
});
