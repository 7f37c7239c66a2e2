import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, Columns, Kind, Row } from '../../../src/runtime/contracts/artifact.ts';
import { defineKind } from '../../../src/runtime/contracts/artifact.ts';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import { decodeRows, decodeTable, encodeRows, encodeTable } from '../../../src/runtime/tables/table.ts';

const kind = defineKind({
  name: 'everything',
  doc: 'A column of each type.',
  codec: 'table',
  columns: {
    name: { type: 'utf8', doc: 'a text' },
    ok: { type: 'bool', doc: 'a truth' },
    count: { type: 'int32', doc: 'a count', unit: '1' },
    sid: { type: 'float64', doc: 'a number', unit: 'nats/unit' },
    map: { type: 'float32[]', doc: 'numbers' },
    maybe: { type: 'float64', doc: 'a number or none', nullable: true },
    perhaps: { type: 'utf8', doc: 'a text or none', nullable: true },
    pixels: { type: 'float32[]', doc: 'numbers or none', nullable: true },
    whether: { type: 'bool', doc: 'a truth or none', nullable: true },
  },
});

const float32s = fc.float32Array({ maxLength: 5 });
const anyRow: fc.Arbitrary<Row> = fc.record(
  {
    name: fc.string({ unit: 'grapheme' }),
    ok: fc.boolean(),
    count: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    sid: fc.double(),
    map: float32s,
    maybe: fc.option(fc.double()),
    perhaps: fc.option(fc.string()),
    pixels: fc.option(float32s),
    whether: fc.option(fc.boolean()),
  },
  { noNullPrototype: true },
);

async function failureOf(promise: Promise<unknown>): Promise<FailureError['failure'] | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof FailureError) return error.failure;
    throw error;
  }
}

const row: Row = {
  name: 'a',
  ok: true,
  count: 1,
  sid: 0.5,
  map: new Float32Array([1, 2]),
  maybe: null,
  perhaps: null,
  pixels: null,
  whether: null,
};

describe('a table', () => {
  test('comes back as it was, bit by bit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 20 }), async (rows) => {
        const decoded = await decodeTable(await encodeTable(kind, rows));
        expect(decoded.rows()).toStrictEqual(rows);
        expect(decoded.columns).toEqual(kind.columns);
      }),
      { numRuns: 50 },
    );
  });

  test('equal rows give equal bytes, however they were made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { maxLength: 10 }), async (rows) => {
        const copies = rows.map((one) =>
          Object.fromEntries(
            Object.entries(one)
              .map(([name, cell]): [string, Cell] => [
                name,
                cell instanceof Float32Array ? new Float32Array([9, ...cell, 9]).subarray(1, cell.length + 1) : cell,
              ])
              .reverse(),
          ),
        );
        expect(Buffer.compare(await encodeTable(kind, copies), await encodeTable(kind, rows))).toBe(0);
      }),
      { numRuns: 30 },
    );
  });

  test('all NaNs have the same bits', async () => {
    const strange = new Float64Array(new Uint32Array([1, 0xfff80000]).buffer)[0]!;
    const strangers = new Float32Array(new Uint32Array([0xffc00001]).buffer);
    const bytes = await encodeTable(kind, [{ ...row, sid: strange, map: strangers }]);
    expect(bytes).toEqual(await encodeTable(kind, [{ ...row, sid: NaN, map: new Float32Array([NaN]) }]));
  });

  test('different rows give different bytes', async () => {
    const bytes = await encodeTable(kind, [row]);
    for (const change of [
      { sid: 0.25 },
      { sid: NaN },
      { maybe: 0 },
      { perhaps: '' },
      { pixels: new Float32Array(0) },
      { whether: false },
      { ok: false },
    ]) {
      expect(await encodeTable(kind, [{ ...row, ...change }])).not.toEqual(bytes);
    }
  });

  test('any Arrow reader sees types, units and docs, in one record batch', async () => {
    const table = tableFromIPC(await encodeTable(kind, [row, { ...row, maybe: 2 }]));
    expect(table.batches).toHaveLength(1);
    expect(table.numRows).toBe(2);
    expect(
      table.schema.fields.map(({ name, type, nullable }) => `${name}: ${String(type)}${nullable ? '?' : ''}`),
    ).toEqual([
      'name: Utf8',
      'ok: Bool',
      'count: Int32',
      'sid: Float64',
      'map: List<Float32>',
      'maybe: Float64?',
      'perhaps: Utf8?',
      'pixels: List<Float32>?',
      'whether: Bool?',
    ]);
    expect(Object.fromEntries(table.schema.fields[3]!.metadata)).toEqual({
      type: 'float64',
      doc: 'a number',
      unit: 'nats/unit',
    });
    expect(Object.fromEntries(table.schema.metadata)).toEqual({
      'lethe.kind': 'everything',
      'lethe.doc': 'A column of each type.',
      'lethe.rows': '2',
      'lethe.axes': '[]',
    });
    const [first, second] = table.toArray() as {
      maybe: number | null;
      map: { toArray(): Float32Array };
      name: string;
    }[];
    expect([first!.maybe, second!.maybe, first!.name]).toEqual([null, 2, 'a']);
    expect([...first!.map.toArray()]).toEqual([1, 2]);
  });

  test('without rows has its columns', async () => {
    const table = await decodeTable(await encodeTable(kind, []));
    expect(table.rows()).toEqual([]);
    expect(table.columns).toEqual(kind.columns);
    expect(table).toMatchObject({ kind: 'everything', doc: 'A column of each type.', axes: [], length: 0 });
  });

  test('axis columns come first, typed by their values', async () => {
    const swept: Kind = {
      name: 'swept',
      doc: 'd',
      codec: 'table',
      axes: true,
      columns: { sid: { type: 'float64', doc: 's' } },
    };
    const rows = [
      { sid: 1, layer: 'fc', depth: 20, folded: true, mixed: 1 },
      { sid: 2, layer: 'conv1', depth: 32, folded: false, mixed: 'two' },
    ];
    const { columns, axes, rows: decoded } = await decodeTable(await encodeTable(swept, rows));
    expect(Object.entries(columns).map(([name, { type }]) => `${name}: ${type}`)).toEqual([
      'layer: utf8',
      'depth: float64',
      'folded: bool',
      'mixed: utf8',
      'sid: float64',
    ]);
    expect(axes).toEqual(['layer', 'depth', 'folded', 'mixed']);
    expect(decoded()).toEqual([rows[0], rows[1]].map((one) => ({ ...one, mixed: String(one!.mixed) })));
  });
});

describe('a table by columns', () => {
  test('is the same file as by rows', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow, { minLength: 1, maxLength: 10 }), async (rows) => {
        const names = Object.keys(kind.columns);
        const cells = Object.fromEntries(names.map((name) => [name, rows.map((one) => one[name] as Cell)]));
        expect(await encodeTable(kind, cells)).toEqual(await encodeTable(kind, rows));
      }),
      { numRuns: 20 },
    );
  });

  test('gives the cells of a column, and names a missing column', async () => {
    const table = await decodeTable(await encodeTable(kind, [row, { ...row, count: 2 }]));
    expect(table.cells('count')).toEqual([1, 2]);
    expect(() => table.cells('counts')).toThrow('the table has no column counts');
  });

  test('preserves the declarations of its columns', async () => {
    const columns: Columns = {
      score: {
        type: 'float64',
        doc: 's',
        unit: 'nats',
        over: 'mean',
        error: 'score_se',
        count: 'n',
        beside: ['n'],
        bar: true,
      },
      score_se: { type: 'float64', doc: 'e', nullable: true },
      n: { type: 'int32', doc: 'n', over: 'count' },
      picture: { type: 'float32[]', doc: 'p', map: true },
    };
    const bytes = await encodeTable({ name: 'cards', doc: 'd', codec: 'table', columns }, []);
    expect((await decodeTable(bytes)).columns).toEqual(columns);
  });

  test('refuses stored rows that lack a column of their kind', async () => {
    const rest = Object.fromEntries(Object.entries(row).filter(([name]) => name !== 'name'));
    await expect(encodeTable(kind, [row, rest])).rejects.toThrow('the stored row 1 has no name');
  });
});

describe('a damaged file', () => {
  test('truncated at any position is a failure', async () => {
    const bytes = await encodeTable(kind, [row, row]);
    for (let length = 0; length < bytes.length; length += 37) {
      expect(await failureOf(decodeTable(bytes.subarray(0, length)))).toMatchObject({ reason: 'damaged-table' });
    }
  });

  test('with a changed end is a failure (other changes are detected by the digest of the blob)', async () => {
    const bytes = await encodeTable(kind, [row, row]);
    for (const at of [0, 5, bytes.length - 1, bytes.length - 7]) {
      const changed = Uint8Array.from(bytes);
      changed[at]! ^= 0xff;
      expect(await failureOf(decodeTable(changed))).toMatchObject({ reason: 'damaged-table' });
    }
  });

  test('an Arrow file of somebody else is a failure', async () => {
    const { tableToIPC, tableFromArrays } = await import('apache-arrow');
    expect(await failureOf(decodeTable(tableToIPC(tableFromArrays({ x: [1, 2] }), 'file')))).toMatchObject({
      reason: 'damaged-table',
    });
  });
});

describe('rows of an item', () => {
  test('come back as they were, bit by bit', () => {
    fc.assert(
      fc.property(fc.array(anyRow), (rows) => {
        expect(decodeRows(encodeRows(rows))).toStrictEqual(rows);
      }),
    );
  });

  test('numbers JSON does not have', () => {
    const rows = [
      {
        a: NaN,
        b: Infinity,
        c: -Infinity,
        d: -0,
        e: 5e-324,
        f: Number.MAX_VALUE,
        g: 'NaN',
        h: new Float32Array([NaN, -0, Infinity, 1e-45]),
      },
    ];
    const back = decodeRows(encodeRows(rows));
    expect(back).toStrictEqual(rows);
    expect(Object.is(back[0]!['d'], -0)).toBe(true);
    expect(Object.is((back[0]!['h'] as Float32Array)[1], -0)).toBe(true);
  });

  test('equal rows give equal bytes', () => {
    expect(encodeRows([{ a: 1, b: 2 }])).toEqual(encodeRows([{ b: 2, a: 1 }]));
  });

  test('a value that is not rows is a failure', () => {
    for (const text of ['', '{', '{}', '[1]x']) expect(() => decodeRows(Buffer.from(text))).toThrow(FailureError);
  });
});
