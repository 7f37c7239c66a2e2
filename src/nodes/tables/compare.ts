// Node type `compare`: compares all pairs of values of one axis (the series, for example networks) on the same images.
// The statistics are in math/paired-comparison.ts.
import { Type } from '@sinclair/typebox';
import type { Cell, Row, Table } from '../../runtime/contracts/artifact.ts';
import { defineNode, type Axes, type AxisValue } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { checkAxes, pointText } from '../kinds/axis-columns.ts';
import { comparisonKind } from '../kinds/comparison.ts';
import { joinedImagesKind } from '../kinds/joined-images.ts';
import { metricsOf } from './metric-columns.ts';

export const compare = defineNode({
  type: 'compare',
  version: 2,
  doc: `Compares the measurements at every two values of one axis, the series (for example at two architectures), and does so at every point of the other axes (for example for each layer).

Both members of a pair are compared on the same images: mean difference with standard error, number of images in favour of each, and an exact sign test. \`p_holm\` adjusts for the number of comparisons in the table.`,
  params: Type.Object(
    {
      series: Type.String({
        minLength: 1,
        description: 'The axis whose values are compared, in the order of the sweep.',
      }),
      by: Type.Optional(
        Type.String({
          minLength: 1,
          description: 'Another axis, which becomes the first column of the table. Any further axes follow.',
        }),
      ),
      metric: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Column to compare: any column that is averaged over images, for example `concentration`. Default: the metric of the measurement.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  inputs: { images: { kind: joinedImagesKind, doc: 'The output `images` of aggregate.' } },
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
  joined: { use: aggregate, from: { tables: sigma } }
  gain: { use: compare, with: { series: epochs }, from: { images: joined.images } }
`,
  ],
  check({ params: { metric }, inputs }) {
    const columns = inputs.images?.columns;
    if (metric === undefined || columns === undefined) return [];
    const known = metricsOf(columns);
    return known.includes(metric) ? [] : [{ ...failure('unknown-metric', { metric, known }), pointer: '/metric' }];
  },
  async run(context) {
    const { comparePaired } = await import('../../math/paired-comparison.ts');
    const { series, by } = context.params;
    const images = await context.inputs.images.table();
    const known = metricsOf(images.columns);
    const metric = context.params.metric ?? known[0] ?? '';
    if (!known.includes(metric)) fail(failure('unknown-metric', { metric, known }));
    const groups = groupImages(images, { series, by, metric });
    checkAxes(
      comparisonKind,
      groups.map(({ point }) => point),
    );
    const found: Row[] = [];
    for (const { point, members } of groups) {
      for (const [a, b] of pairsOf([...members])) {
        const pairs = matchImages(a[1], b[1]);
        if (pairs.length === 0) noPairs({ a, b, metric, doc: images.columns[metric]?.doc ?? '', point });
        const [left, right] = [pairs.map(([x]) => x), pairs.map(([, y]) => y)];
        const { difference, error, positive, negative, signTest } = comparePaired(left, right);
        const difference_se = pairs.length === 1 ? null : error;
        const statistics = { difference, difference_se, images: pairs.length, positive, negative };
        found.push({ ...point, series, a: `${a[0]}`, b: `${b[0]}`, metric, ...statistics, p: signTest });
      }
    }
    if (found.length === 0) fail(failure('one-member', { axis: series }));
    const adjusted = holm(found.map((row) => row['p'] as number));
    return {
      table: await context.table(
        comparisonKind,
        found.map((row, i) => ({ ...row, p_holm: adjusted[i]! })),
      ),
    };
  },
});

/** One image of a member of the series: the digest of its pixels, and the value of the metric. */
interface Value {
  readonly image: Cell;
  readonly value: Cell;
}

/** Images of one member, by position in the data set. */
type Images = ReadonlyMap<Cell, Value>;

interface Group {
  /** Values of all axes except the series; the axis named by `by` comes first. */
  readonly point: Axes;
  /** Images of every member, by the value of the series. */
  readonly members: ReadonlyMap<AxisValue, Images>;
}

interface Grouping {
  readonly series: string;
  readonly by: string | undefined;
  readonly metric: string;
}

/**
 * Groups the rows of the table by their values on all axes except the series. The groups are in the order of the sweep.
 */
function groupImages(table: Table, { series, by, metric }: Grouping): readonly Group[] {
  for (const axis of by === undefined ? [series] : [series, by])
    if (!table.axes.includes(axis)) fail(failure('unknown-axis', { axis, known: table.axes }));
  if (series === by) fail(failure('same-axis', { axis: series }));
  const order = [...new Set([...(by === undefined ? [] : [by]), ...table.axes])].filter((axis) => axis !== series);
  const axes = new Map(table.axes.map((axis) => [axis, table.cells(axis) as readonly AxisValue[]]));
  const [positions, pixels, values] = ['index', 'image', metric].map((name) => table.cells(name));
  const groups = new Map<string, { readonly point: Axes; readonly members: Map<AxisValue, Map<Cell, Value>> }>();
  for (let row = 0; row < table.length; row++) {
    const point = Object.fromEntries(order.map((axis) => [axis, axes.get(axis)![row]!]));
    const key = pointText(point);
    const group = groups.get(key) ?? { point, members: new Map<AxisValue, Map<Cell, Value>>() };
    groups.set(key, group);
    const member = axes.get(series)![row]!;
    const images = group.members.get(member) ?? new Map<Cell, Value>();
    group.members.set(member, images);
    images.set(positions![row]!, { image: pixels![row]!, value: values![row]! });
  }
  return [...groups.values()];
}

function pairsOf<T>(values: readonly T[]): (readonly [T, T])[] {
  return values.flatMap((a, i) => values.slice(i + 1).map((b) => [a, b] as const));
}

/** Returns the values (a, b) of the images that both members have: images at the same position with the same pixels. */
function sharedImages(a: Images, b: Images): (readonly [Cell, Cell])[] {
  return [...a].flatMap(([index, { image, value }]) => {
    const other = b.get(index);
    return other?.image === image ? [[value, other.value] as const] : [];
  });
}

/** Returns the pairs of values (a, b) of shared images for which both values are known. */
function matchImages(a: Images, b: Images): (readonly [number, number])[] {
  return sharedImages(a, b).flatMap(([x, y]) =>
    typeof x === 'number' && typeof y === 'number' && !Number.isNaN(x - y) ? [[x, y] as const] : [],
  );
}

interface Unmatched {
  readonly a: readonly [AxisValue, Images];
  readonly b: readonly [AxisValue, Images];
  readonly metric: string;
  readonly doc: string;
  readonly point: Axes;
}

function noPairs({ a, b, metric, doc, point }: Unmatched): never {
  const at = Object.entries(point)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  const shared = sharedImages(a[1], b[1]).length;
  const data = { a: `${a[0]}`, b: `${b[0]}`, metric, doc, at, shared };
  return fail(shared > 0 ? failure('no-values', data) : failure('no-common-image', data));
}

/**
 * Holm's step-down adjustment: the k-th smallest of n p values is multiplied by n - k + 1. Adjusted values never
 * decrease with p, and are at most 1.
 */
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
