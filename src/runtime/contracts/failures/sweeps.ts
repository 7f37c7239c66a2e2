// Failures of sweeps: the axes that a step declares, and the axes that it inherits along edges.
import type { Words } from '../words.ts';

export const sweepFailures = {
  /** A parameter that is set both under `with` and on an axis, or on two axes. */
  'set-twice': ({ name }: { readonly name: string }): Words => ({
    headline: `the parameter ${name} is set twice`,
    help: 'Set it under "with", or on one axis of "each".',
  }),
  /** An axis that is an empty list. */
  'empty-axis': ({ axis }: Axis): Words => ({ headline: `the axis ${axis} has no values` }),
  /** An axis with both maps and single values. */
  'mixed-axis': ({ axis }: Axis): Words => ({
    headline: `the axis ${axis} mixes maps with other values`,
    help: 'Either all points are values of the parameter with the name of the axis, or all are maps that set several parameters.',
  }),
  /** Points of one axis whose names come from different parameters. */
  'ragged-axis': ({ axis, name, first }: Axis & { readonly name: string; readonly first: string }): Words => ({
    headline: `this point of the axis ${axis} begins with ${name}, the first point with ${first}`,
    help: `Set ${first} first in every point; to sweep over both, make them two axes.`,
  }),
  /** A map on an axis that holds no single value that could serve as the name of the point. */
  'no-label': ({ axis }: Axis): Words => ({
    headline: `this point of the axis ${axis} has no name`,
    help: 'The first text, number, true or false in the map becomes the name of the point: add one.',
  }),
  /** Two points with the same name on an axis; `isMap` is true if the points are maps. */
  'duplicate-point': ({ axis, label, isMap }: Axis & { readonly label: string; readonly isMap: boolean }): Words => ({
    headline: `the axis ${axis} has ${label} twice`,
    ...(isMap ? { help: 'The first text or number of each point is its name; these must differ.' } : {}),
  }),
  /** A sweep with more points than are allowed. */
  'too-many-points': ({ count, allowed }: { readonly count: number; readonly allowed: number }): Words => ({
    headline: `the sweep has ${count} points`,
    values: { allowed },
    help: 'Sweep over fewer values, or in several pipelines.',
  }),
  /** More edges into `many` ports than fit into memory. */
  'too-many-edges': ({ step, allowed }: { readonly step: string; readonly allowed: number }): Words => ({
    headline: `the ports of ${step} that collect a sweep have too many inputs in total`,
    values: { allowed },
  }),
  /** Two points whose names are the same text, e.g. because a value contains a comma. */
  'ambiguous-name': ({ step, name }: { readonly step: string; readonly name: string }): Words => ({
    headline: `two points of ${step} are both named ${name}`,
    help: 'Use values without "," and "=" on the axes of the step.',
  }),
  /** Inputs that share axes but no value on them. `left` and `right` are the first values of each side. */
  'no-common-point': ({ axes, left, right, what }: NoCommonPoint): Words => ({
    headline: `the inputs have no value of ${axes.join(', ')} in common`,
    values: { 'inputs before': left.join(' '), [what]: right.join(' ') },
    help: 'Inputs with the same axis are combined only at equal values of that axis.',
  }),
} as const;

export interface Axis {
  readonly axis: string;
}

export interface NoCommonPoint {
  readonly axes: readonly string[];
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly what: string;
}
