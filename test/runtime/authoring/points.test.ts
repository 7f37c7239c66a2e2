// Laws of joining points: sizes multiply over different axes, equal axes are matched, and the order of joining does not
// matter.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Axes } from '../../../src/runtime/contracts/define.ts';
import { joinPoints } from '../../../src/runtime/authoring/points.ts';

interface At {
  readonly axes: Axes;
}

const merge = (a: At, b: At): At => ({ axes: { ...a.axes, ...b.axes } });

/** The joined points; empty if there is no common value. */
function join(left: readonly At[], right: readonly At[]): readonly At[] {
  const joined = joinPoints(left, right, { merge, limit: Infinity, what: 'it' });
  return joined.ok ? joined.value : [];
}

/** Points as a set: sorted, and axes in the order of their names. */
const setOf = (points: readonly At[]): readonly string[] =>
  points.map(({ axes }) => JSON.stringify(Object.entries(axes).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();

/** Different points, all with the same axes. */
const pointsOn = (names: readonly string[]): fc.Arbitrary<readonly At[]> =>
  fc
    .uniqueArray(fc.record(Object.fromEntries(names.map((name) => [name, fc.integer({ min: 0, max: 3 })]))), {
      minLength: 1,
      maxLength: 8,
      selector: (axes) => JSON.stringify(names.map((name) => axes[name])),
    })
    .map((list) => list.map((axes) => ({ axes })));

const names = fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 });
const points = names.chain(pointsOn);

test('sizes multiply where no axis is shared', () => {
  fc.assert(
    fc.property(pointsOn(['a', 'b']), pointsOn(['c', 'd']), (left, right) => {
      const joined = join(left, right);
      expect(joined).toHaveLength(left.length * right.length);
      expect(joined.slice(0, right.length)).toEqual(right.map((one) => merge(left[0] as At, one)));
    }),
  );
});

test('it is all pairs that agree on the shared axes', () => {
  fc.assert(
    fc.property(points, points, (left, right) => {
      const naive = left.flatMap((a) =>
        right
          .filter((b) => Object.entries(b.axes).every(([name, value]) => !(name in a.axes) || a.axes[name] === value))
          .map((b) => merge(a, b)),
      );
      expect(join(left, right)).toEqual(naive);
    }),
  );
});

test('it is commutative and associative up to order, and idempotent', () => {
  fc.assert(
    fc.property(points, points, points, (a, b, c) => {
      expect(setOf(join(a, b))).toEqual(setOf(join(b, a)));
      expect(setOf(join(a, a))).toEqual(setOf(a));
      // an empty list has no axes, and joining never continues after it
      if (join(a, b).length > 0 && join(b, c).length > 0)
        expect(setOf(join(join(a, b), c))).toEqual(setOf(join(a, join(b, c))));
    }),
  );
});

test('too many pairs, and none, are failures', () => {
  const list = (name: string, count: number): readonly At[] =>
    Array.from({ length: count }, (_, i) => ({ axes: { [name]: i } }));
  const reasonOf = (left: readonly At[], right: readonly At[]): string => {
    const joined = joinPoints(left, right, { merge, limit: 11, what: 'it' });
    return joined.ok ? 'ok' : (joined.failures[0]?.reason ?? '');
  };
  expect(reasonOf(list('a', 3), list('b', 4))).toBe('too-many-points');
  expect(reasonOf(list('a', 2), list('b', 4))).toBe('ok');
  expect(reasonOf(list('a', 2), [{ axes: { a: 2 } }])).toBe('no-common-point');
});
