// Failures of tables: rows written by nodes, Arrow files, and tables that join or compare other tables.
import type { Words } from '../words.ts';

const AGAIN = 'Run `lethe cache verify`, then run the pipeline again: damaged results are computed again.';

export const tablesFailures = {
  /** A node wrote a row that does not match its kind. `problem` describes the mistake in the cell of `column`. */
  'bad-row': ({ node, kind, row, column, problem, value, item }: BadRow): Words => ({
    headline: `${node} wrote a bad row: ${column}${problem.startsWith(':') ? '' : ' '}${problem}`,
    values: {
      node,
      kind,
      row,
      column,
      ...(value === undefined ? {} : { value }),
      ...(item === undefined ? {} : { item }),
    },
    help: `Fix the node, or change the column in the declaration of the kind ${kind}.`,
  }),
  /** A node wrote a table of a kind that declares no columns. */
  'no-table-kind': ({ node, kind }: NodeAndKind): Words => ({
    headline: `${node} wrote a table of kind ${kind}, which is not a table kind`,
    values: { node, kind },
    help: 'Declare the kind with `codec: "table"` and `columns`.',
  }),
  /** A node wrote something other than rows, or columns of different lengths. */
  'no-rows': ({ node, kind }: NodeAndKind): Words => ({
    headline: `${node} wrote something that is neither a list of rows nor columns of equal length`,
    values: { node, kind },
    help: 'Pass a list of objects, or an object with a list of cells for each column.',
  }),
  /** The stored rows of an item are not in the form that Lethe writes. */
  'damaged-rows': ({ why }: { readonly why: string }): Words => ({
    headline: 'the stored rows of an item cannot be read',
    values: { why },
    help: AGAIN,
  }),
  /** An Arrow file is not in the form that Lethe writes. */
  'damaged-table': ({ why }: { readonly why: string }): Words => ({
    headline: 'an Arrow file cannot be read',
    values: { why },
    help: AGAIN,
  }),
  /** The result to be shown was not computed yet. `command` computes it. */
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
  /** The step does not have the output to be shown. */
  'no-such-output': ({ step, output, outputs }: NoSuchOutput): Words => ({
    headline: `${step} has no output ${output}`,
    help: `Outputs: ${outputs.join(', ')}`,
  }),
  /** A sweep is to be exported as one Arrow file, which can hold only one point. `example` is the name of one point. */
  'sweep-in-one-file': ({ step, points, example }: SweepInOneFile): Words => ({
    headline: `${step} is a sweep of ${points} steps, but an Arrow file holds one step`,
    help: `Name one of the steps, such as '${example}', or export an aggregate.`,
  }),
  /** An axis of the sweep has the name of a column. */
  'axis-name': ({ axis, kind }: { readonly axis: string; readonly kind: string }): Words => ({
    headline: `the axis "${axis}" has the same name as a column`,
    values: { table: kind, column: axis },
    help: `Give the axis another name. An axis whose points are maps can have any name, for example "each: { my-${axis}: [{ ${axis}: ... }] }".`,
  }),
  /**
   * Two tables to be joined have different axes. `one` and `another` are their points, written as in names of steps.
   */
  'mixed-axes': ({ one, another }: { readonly one: string; readonly another: string }): Words => ({
    headline: 'the tables to join have different axes',
    values: { 'one table': one, 'another table': another },
    help: 'Join only results of the same sweep; use a separate step for each sweep.',
  }),
  /** Two tables to be joined have different columns. */
  'mixed-columns': ({
    one,
    another,
  }: {
    readonly one: readonly string[];
    readonly another: readonly string[];
  }): Words => ({
    headline: 'the tables to join have different columns',
    values: { 'one table': one.join(', '), 'another table': another.join(', ') },
    help: 'Join only results of the same node type; use a separate step for each node type.',
  }),
  /** Two tables to be joined both have a column of this name. */
  'same-column': ({ column }: { readonly column: string }): Words => ({
    headline: `two columns of the tables to join are called "${column}"`,
    values: { column },
    help: 'Leave one of the two tables out, or rename the column in its kind.',
  }),
  /** A table to be joined has no rows. `point` is the point of the sweep at which it was computed. */
  'empty-table': ({ point }: { readonly point: string }): Words => ({
    headline: `there are no measurements at ${point}`,
    help: 'Measure at least one image.',
  }),
  /** A table has no column that can be averaged over images. `of` is the node type or the kind of the table. */
  'no-metric': ({ of }: { readonly of: string }): Words => ({
    headline: `the table of ${of} has no metric`,
    help: 'Declare a column of its kind with `over: "mean"`.',
  }),
  /** A table has no column whose cells are maps over the pixels. `of` is the node type or the kind of the table. */
  'no-map': ({ of }: { readonly of: string }): Words => ({
    headline: `the table of ${of} has no map over the pixels`,
    help: 'Use a metric whose kind has a column with `map: true` and columns `height` and `width`.',
  }),
  /** Several tables on the port `concentration` fit one point of the sweep. */
  'ambiguous-axes': ({ point, fitting }: { readonly point: string; readonly fitting: readonly string[] }): Words => ({
    headline: `several tables on the port \`concentration\` fit ${point}`,
    values: { fitting: fitting.join('; ') },
    help: 'Compute the concentration from the step that is connected to the port `tables`. Both ports then have the same axes.',
  }),
  /** A table has no column of this name that is averaged over images. */
  'unknown-metric': ({ metric, known }: { readonly metric: string; readonly known: readonly string[] }): Words => ({
    headline: `the table has no metric "${metric}"`,
    values: { metrics: known.join(', ') || 'none' },
    help: 'Name one of these metrics. `concentration` is available if the port `concentration` of `aggregate` is connected.',
  }),
  /** A table has no axis of this name. */
  'unknown-axis': ({ axis, known }: { readonly axis: string; readonly known: readonly string[] }): Words => ({
    headline: `the table has no axis "${axis}"`,
    values: { axes: known.join(', ') || 'none' },
    help:
      known.length > 0
        ? 'Name one of these axes. Each entry under `each` of a step makes an axis.'
        : 'The table has no axes. Axes come from a sweep: write `each` in a step before this one.',
  }),
  /** The axis `series`, whose values are compared, is also given as `by`. */
  'same-axis': ({ axis }: { readonly axis: string }): Words => ({
    headline: `"${axis}" cannot be both \`series\` and \`by\``,
    help: 'Choose another axis for `by`, or leave it out.',
  }),
  /** The axis `series`, whose values are to be compared, has only one value. */
  'one-member': ({ axis }: { readonly axis: string }): Words => ({
    headline: `the axis "${axis}" has one value: there is nothing to compare`,
    help: 'Sweep over at least two values.',
  }),
  /**
   * The values `a` and `b` of the axis `series` have images in common, but the metric is null for `a` or for `b` on
   * each of these images. `doc` describes the metric.
   */
  'no-values': ({ a, b, metric, doc, at, shared }: Unmatched & { readonly doc: string }): Words => ({
    headline: `no image has a value of ${metric} for both ${a} and ${b}`,
    values: { ...(at === '' ? {} : { at }), 'images in common': shared },
    help: `${metric}: ${doc}`,
  }),
  /** The values `a` and `b` of the axis `series` have no image in common. */
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
  /** The cell, as a user would write it. */
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
  /** Point on the other axes; empty if there are no other axes. */
  readonly at: string;
  /** Number of images that were measured for both `a` and `b`. */
  readonly shared: number;
}
