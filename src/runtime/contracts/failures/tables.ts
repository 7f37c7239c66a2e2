// Tables: rows that nodes hand over, Arrow files, and the tables that join or compare others.
import type { Words } from '../words.ts';

const AGAIN = 'Run `lethe cache verify`, then run the pipeline again: what is damaged is computed anew.';

export const tablesFailures = {
  /** A node handed over a row that its kind does not declare. `problem` says of the cell in `column` what is wrong with it. */
  'bad-row': ({ node, kind, row, column, problem, value, item }: BadRow): Words => ({
    headline: `${node} handed over a bad row: ${column}${problem.startsWith(':') ? '' : ' '}${problem}`,
    values: {
      node,
      kind,
      row,
      column,
      ...(value === undefined ? {} : { value }),
      ...(item === undefined ? {} : { item }),
    },
    help: `Fix the node, or declare the column differently in its kind ${kind}.`,
  }),
  /** A node wrote a table of a kind that declares no columns. */
  'no-table-kind': ({ node, kind }: NodeAndKind): Words => ({
    headline: `${node} wrote a table of kind ${kind}, which is not a table kind`,
    values: { node, kind },
    help: 'Give the kind `codec: "table"` and `columns`.',
  }),
  /** A node handed over something else than rows, or columns of different lengths. */
  'no-rows': ({ node, kind }: NodeAndKind): Words => ({
    headline: `${node} handed over something that is neither a list of rows nor columns of one length`,
    values: { node, kind },
    help: 'Hand over a list of objects, or an object with a list of cells for each column.',
  }),
  /** The stored rows of an item are not what Lethe writes. */
  'damaged-rows': ({ why }: { readonly why: string }): Words => ({
    headline: 'the stored rows of an item cannot be read',
    values: { why },
    help: AGAIN,
  }),
  /** An Arrow file is not what Lethe writes. */
  'damaged-table': ({ why }: { readonly why: string }): Words => ({
    headline: 'an Arrow file cannot be read',
    values: { why },
    help: AGAIN,
  }),
  /** A result that is to be shown was not computed yet. `command` computes it. */
  'no-result': ({
    step,
    why,
    command,
  }: {
    readonly step: string;
    readonly why: string;
    readonly command: string;
  }): Words => ({
    headline: `${step} has no result yet`,
    values: { why },
    help: `Run it first: ${command}`,
  }),
  /** A step does not have the output that is to be shown. */
  'no-such-output': ({ step, output, outputs }: NoSuchOutput): Words => ({
    headline: `${step} has no output ${output}`,
    help: `Outputs: ${outputs.join(', ')}`,
  }),
  /** All points of a sweep are to be written as one Arrow file. `example` is the name of one of them. */
  'sweep-in-one-file': ({ step, points, example }: SweepInOneFile): Words => ({
    headline: `${step} is a sweep of ${points} steps: one Arrow file holds one of them`,
    help: `Name one, such as '${example}', or show an aggregate.`,
  }),
  /** An axis of the sweep has the name of a column. */
  'axis-name': ({ axis, kind }: { readonly axis: string; readonly kind: string }): Words => ({
    headline: `the axis "${axis}" has the name of a column`,
    values: { table: kind, column: axis },
    help: `Give the axis another name: a list of objects makes one of any name, for example "each: { my-${axis}: [{ ${axis}: ... }] }".`,
  }),
  /** Tables of one join come from different sweeps. The points are written as in the names of steps. */
  'mixed-axes': ({ one, another }: { readonly one: string; readonly another: string }): Words => ({
    headline: 'the tables to join have different axes',
    values: { one, another },
    help: 'Join the results of one sweep; use one step for each of several.',
  }),
  /** Tables of one join hold different metrics. */
  'mixed-columns': ({
    one,
    another,
  }: {
    readonly one: readonly string[];
    readonly another: readonly string[];
  }): Words => ({
    headline: 'the tables to join have different columns',
    values: { one: one.join(', '), another: another.join(', ') },
    help: 'Join the results of one node type; use one step for each of several.',
  }),
  /** Two joined tables have a column of one name. */
  'same-column': ({ column }: { readonly column: string }): Words => ({
    headline: `two of the columns to join are called "${column}"`,
    values: { column },
    help: 'Leave one of the two tables out, or rename the column in its kind.',
  }),
  /** A table to be joined has no rows. `point` is its point of the sweep. */
  'empty-table': ({ point }: { readonly point: string }): Words => ({
    headline: `there are no measurements of ${point}`,
    help: 'Measure at least one image.',
  }),
  /** A table has no column that can be averaged over images. `of` is the node type or the kind it is from. */
  'no-metric': ({ of }: { readonly of: string }): Words => ({
    headline: `the table of ${of} has no metric`,
    help: 'Give a column of its kind `over: "mean"`.',
  }),
  /** A table has no column that is a map over the pixels. `of` is the node type or the kind it is from. */
  'no-map': ({ of }: { readonly of: string }): Words => ({
    headline: `the table of ${of} has no map over the pixels`,
    help: 'Measure a metric that has one: a column with `map: true`, beside `height` and `width`.',
  }),
  /** Several tables on a port fit one point of the sweep. */
  'ambiguous-axes': ({ point, fitting }: { readonly point: string; readonly fitting: readonly string[] }): Words => ({
    headline: `several concentrations fit ${point}`,
    values: { fitting: fitting.join('; ') },
    help: 'Compute the concentration from the step whose tables are joined, so that both have the same axes.',
  }),
  /** A table has no column of this name that is averaged over images. */
  'unknown-metric': ({ metric, known }: { readonly metric: string; readonly known: readonly string[] }): Words => ({
    headline: `the images have no metric "${metric}"`,
    values: { metrics: known.join(', ') || 'none' },
    help: 'Name one of these. A concentration is among them where `aggregate` is given one.',
  }),
  /** A table has no axis of this name. */
  'unknown-axis': ({ axis, known }: { readonly axis: string; readonly known: readonly string[] }): Words => ({
    headline: `the table has no axis "${axis}"`,
    values: { axes: known.join(', ') || 'none' },
    help: 'Name one of these axes; a sweep (`each:`) makes one.',
  }),
  /** The axis compared along is also the axis matched by. */
  'same-axis': ({ axis }: { readonly axis: string }): Words => ({
    headline: `"${axis}" cannot be both \`series\` and \`by\``,
    help: 'Match by another axis, or leave `by` out.',
  }),
  /** The axis compared along has one value. */
  'one-member': ({ axis }: { readonly axis: string }): Words => ({
    headline: `the axis "${axis}" has one value: there is nothing to compare`,
    help: 'Sweep over at least two values.',
  }),
  /** Two members of a series have common images, but no value of the metric on any of them. `doc` describes the metric. */
  'no-values': ({ a, b, metric, doc, at, shared }: Unmatched & { readonly doc: string }): Words => ({
    headline: `${a} and ${b} have no image with a ${metric}`,
    values: { ...(at === '' ? {} : { at }), 'images of both': shared },
    help: `${metric}: ${doc}`,
  }),
  /** Two members of a series were measured on different images. */
  'no-common-image': ({ a, b, metric, at }: Unmatched): Words => ({
    headline: `${a} and ${b} share no image`,
    values: { ...(at === '' ? {} : { at }), metric },
    help: 'Measure both on the same data set: a paired comparison needs the same images.',
  }),
} as const;

export interface NodeAndKind {
  readonly node: string;
  readonly kind: string;
}

export interface BadRow extends NodeAndKind {
  readonly row: number;
  readonly column: string;
  readonly problem: string;
  /** The cell as a user would write it. */
  readonly value?: string;
  /** Id of the item. */
  readonly item?: string;
}

export interface NoSuchOutput {
  readonly step: string;
  readonly output: string;
  readonly outputs: readonly string[];
}

export interface SweepInOneFile {
  readonly step: string;
  readonly points: number;
  readonly example: string;
}

export interface Unmatched {
  readonly a: string;
  readonly b: string;
  readonly metric: string;
  /** Point of the other axes, empty if there are none. */
  readonly at: string;
  /** Number of images that both have. */
  readonly shared: number;
}
