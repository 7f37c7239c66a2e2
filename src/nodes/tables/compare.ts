// `compare`: members of a series (say networks) against each other on the same images. Statistics are in math/paired-comparison.ts.
import { Type } from '@sinclair/typebox';
import type { Row } from '../../runtime/contracts/artifact.ts';
import { defineNode, type AxisValue } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import { axesOf, checkAxes, pointText } from '../kinds/axis-columns.ts';
import { comparisonKind } from '../kinds/comparison.ts';
import { sidImagesKind } from '../kinds/sid-images.ts';

const metrics = ['sid', 'concentration', 'constraint_ratio', 'gap'] as const;

export const compare = defineNode({
  type: 'compare',
  version: 2,
  doc: `Compares every pair of a series (an axis of the sweep, for example the architecture), separately at every point of the other axes (for example the layer).

Both are taken on the same images: mean of the differences, its standard error, how many images say which, and an exact sign test. \`p_holm\` adjusts for the number of comparisons in the table.`,
  params: Type.Object(
    {
      series: Type.String({
        minLength: 1,
        description: 'The axis whose values are compared, in the order of the sweep.',
      }),
      by: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'The axis at whose values they are matched; it becomes the first column. Any further axes follow it.',
        }),
      ),
      metric: Type.Union(
        metrics.map((name) => Type.Literal(name)),
        { default: 'sid', description: 'What is compared.' },
      ),
    },
    { additionalProperties: false },
  ),
  inputs: { images: { kind: sidImagesKind, doc: 'The output `images` of aggregate.' } },
  outputs: { table: { kind: comparisonKind, doc: 'One row per pair and point of the other axes.' } },
  light: true,
  examples: [
    `pipeline: two-networks
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 3, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv }, each: { epochs: [1, 2] }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
  sid: { use: aggregate, from: { tables: sigma } }
  gain: { use: compare, with: { series: epochs }, from: { images: sid.images } }
`,
  ],
  async run(context) {
    const { comparePaired } = await import('../../math/paired-comparison.ts');
    const { series, by, metric } = context.params;
    const groups = groupRows(await context.inputs.images.rows(), series, by);
    checkAxes(
      comparisonKind,
      groups.map(({ point }) => point),
    );
    const found: Row[] = [];
    for (const { point, members } of groups) {
      for (const [a, b] of pairsOf([...members.keys()])) {
        const pairs = matchImages(members.get(a)!, members.get(b)!, metric);
        if (pairs.length === 0)
          noPairs({ a, b, metric, point, shared: matchImages(members.get(a)!, members.get(b)!, 'index').length });
        const [left, right] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const { difference, error, positive, negative, signTest } = comparePaired(left, right);
        const statistics = {
          difference,
          difference_se: pairs.length === 1 ? null : error,
          images: pairs.length,
          positive,
          negative,
        };
        found.push({ ...point, series, a: `${a}`, b: `${b}`, metric, ...statistics, p: signTest });
      }
    }
    if (found.length === 0)
      fail({
        reason: 'one-member',
        headline: `the axis "${series}" has one value: there is nothing to compare`,
        help: 'Sweep over at least two values.',
      });
    const adjusted = holm(found.map((row) => row['p'] as number));
    return {
      table: await context.table(
        comparisonKind,
        found.map((row, i) => ({ ...row, p_holm: adjusted[i]! })),
      ),
    };
  },
});

interface Group {
  /** The axes but the series, `by` first. */
  readonly point: Readonly<Record<string, AxisValue>>;
  /** Rows of every value of the series, by position of the image. */
  readonly members: Map<AxisValue, Map<number, Row>>;
}

/** Groups in order of appearance, which is that of the sweep. */
function groupRows(rows: readonly Row[], series: string, by: string | undefined): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const axes = axesOf(sidImagesKind, row);
    for (const name of by === undefined ? [series] : [series, by]) {
      if (axes[name] === undefined) {
        fail({
          reason: 'unknown-axis',
          headline: `the table has no axis "${name}"`,
          values: { axes: Object.keys(axes).join(', ') || 'none' },
          help: 'Name one of these axes; a sweep (`each:`) makes one.',
        });
      }
    }
    if (series === by)
      fail({
        reason: 'same-axis',
        headline: `"${series}" cannot be both \`series\` and \`by\``,
        help: 'Match by another axis, or leave `by` out.',
      });
    const { [series]: member, ...others } = axes;
    const point = by === undefined ? others : { [by]: axes[by]!, ...others };
    const key = pointText(point);
    const group = groups.get(key) ?? { point, members: new Map<AxisValue, Map<number, Row>>() };
    groups.set(key, group);
    const images = group.members.get(member!) ?? new Map<number, Row>();
    group.members.set(member!, images);
    images.set(row['index'] as number, row);
  }
  return [...groups.values()];
}

function pairsOf<T>(values: readonly T[]): (readonly [T, T])[] {
  return values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b] as const));
}

/** Values of the metric on images that both have; the same position must hold the same pixels. */
function matchImages(
  a: ReadonlyMap<number, Row>,
  b: ReadonlyMap<number, Row>,
  metric: string,
): (readonly [number, number])[] {
  return [...a].flatMap(([index, row]) => {
    const other = b.get(index);
    if (!other || other['image'] !== row['image']) return [];
    const [x, y] = [row[metric], other[metric]];
    return typeof x === 'number' && typeof y === 'number' && !Number.isNaN(x - y) ? [[x, y] as const] : [];
  });
}

interface Unmatched {
  readonly a: AxisValue;
  readonly b: AxisValue;
  readonly metric: string;
  readonly point: Readonly<Record<string, AxisValue>>;
  readonly shared: number;
}

function noPairs({ a, b, metric, point, shared }: Unmatched): never {
  const where = Object.entries(point)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const at = where && { at: where };
  if (shared > 0) {
    return fail({
      reason: 'no-values',
      headline: `${a} and ${b} have no image with a ${metric}`,
      values: { ...at, 'images of both': shared },
      help:
        metric === 'concentration'
          ? 'Give `aggregate` concentrations; they need images with masks.'
          : 'Choose another metric.',
    });
  }
  return fail({
    reason: 'no-common-image',
    headline: `${a} and ${b} share no image`,
    values: { ...at, metric },
    help: 'Measure both on the same data set: a paired comparison needs the same images.',
  });
}

/** Holm's step-down adjustment: p_(k) times what is left, never below a smaller one, at most 1. */
function holm(p: readonly number[]): readonly number[] {
  const order = p.map((_, i) => i).sort((i, j) => p[i]! - p[j]!);
  const adjusted = new Array<number>(p.length);
  let least = 0;
  order.forEach((i, rank) => {
    least = Math.max(least, Math.min(1, p[i]! * (p.length - rank)));
    adjusted[i] = least;
  });
  return adjusted;
}
