// Failures of sweeps: the axes that a step declares, and the axes that it inherits along edges.
import type { Words } from '../words.ts';

export const sweepFailures = {
  /** A parameter that is set both under `with` and on an axis, or on two axes. */
  'set-twice': ({ name }: { readonly name: string }): Words => ({
    headline: `the parameter ${name} is set twice`,
    help: 'Set it either under "with" or on one axis under "each".',
  }),
  /** An axis that is an empty list. */
  'empty-axis': ({ axis }: Axis): Words => ({ headline: `the axis ${axis} has no values` }),
  /** An axis whose list mixes maps with other values. */
  'mixed-axis': ({ axis }: Axis): Words => ({
    headline: `the axis ${axis} mixes maps with other values`,
    help: 'Write every point as a map that sets parameters. Only an axis with the name of a parameter can list plain values.',
  }),
  /** An axis whose points take their names from different parameters. */
  'ragged-axis': ({ axis, name, first }: Axis & { readonly name: string; readonly first: string }): Words => ({
    headline: `this point of the axis ${axis} begins with ${name}, the first point with ${first}`,
    help: `Set ${first} first in every point. To sweep over ${first} and ${name}, write two axes.`,
  }),
  /** A point given as a map that contains no text, number, true or false to serve as the name of the point. */
  'no-label': ({ axis }: Axis): Words => ({
    headline: `this point of the axis ${axis} has no name`,
    help: 'Add a text, a number, true or false to the map: the first of them becomes the name of the point.',
  }),
  /** Two points with the same name on an axis; `isMap` is true if the points are maps. */
  'duplicate-point': ({ axis, label, isMap }: Axis & { readonly label: string; readonly isMap: boolean }): Words => ({
    headline: `the axis ${axis} has ${label} twice`,
    ...(isMap
      ? {
          help: 'The first text, number, true or false in a map is the name of the point. Give every point a different name.',
        }
      : {}),
  }),
  /** A sweep with more points than are allowed. */
  'too-many-points': ({ count, allowed }: { readonly count: number; readonly allowed: number }): Words => ({
    headline: `the sweep has ${count} points, more than are allowed`,
    values: { allowed },
    help: 'Sweep over fewer values, or in several pipelines.',
  }),
  /** The `many` ports of a pipeline have more edges than fit into memory. The limit was exceeded at `step`. */
  'too-many-edges': ({ step, allowed }: { readonly step: string; readonly allowed: number }): Words => ({
    headline: `the sweeps of the pipeline make too many edges; the limit is exceeded at ${step}`,
    values: { allowed },
  }),
  /** Two points whose names are the same text, e.g. because a value contains a comma. */
  'ambiguous-name': ({ step, name }: { readonly step: string; readonly name: string }): Words => ({
    headline: `two points of ${step} are both named ${name}`,
    help: 'Use values without "," and "=" on the axes of the step.',
  }),
  /**
   * Inputs that have axes in common, but no point on these axes in common. `left` lists the first points of the inputs
   * before `what`; `right` lists the first points of the input `what`.
   */
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
