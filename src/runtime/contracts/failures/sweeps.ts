// Failures of sweeps: the axes of a step, and those that come along edges.
import type { Words } from '../words.ts';

export const sweepFailures = {
  /** One parameter under `with` and on an axis, or on two axes. */
  'set-twice': ({ name }: { readonly name: string }): Words => ({
    headline: `the parameter ${name} is set twice`,
    help: 'Set it under "with", or on one axis of "each".',
  }),
  /** An axis that is an empty list. */
  'empty-axis': ({ axis }: Axis): Words => ({ headline: `the axis ${axis} has no values` }),
  /** Maps beside single values on one axis. */
  'mixed-axis': ({ axis }: Axis): Words => ({
    headline: `the axis ${axis} mixes maps with other values`,
    help: 'Each value sets the one parameter of that name, or each is a map that sets several.',
  }),
  /** Points of one axis that are named by different parameters. */
  'ragged-axis': ({ axis, name, first }: Axis & { readonly name: string; readonly first: string }): Words => ({
    headline: `this point of the axis ${axis} is named by ${name}, the first by ${first}`,
    help: `Set ${first} first in every point; to sweep over both, make them two axes.`,
  }),
  /** A map on an axis without a single value in it that could name the point. */
  'no-label': ({ axis }: Axis): Words => ({
    headline: `this point of the axis ${axis} has no name`,
    help: 'The first text, number, true or false in it is its name: give it one.',
  }),
  /** Two points of one name on an axis; `isMap` where the points are maps. */
  'duplicate-point': ({ axis, label, isMap }: Axis & { readonly label: string; readonly isMap: boolean }): Words => ({
    headline: `the axis ${axis} has ${label} twice`,
    ...(isMap ? { help: 'The first text or number of each point is its name: make these differ.' } : {}),
  }),
  /** More points than any sweep is meant to have. */
  'too-many-points': ({ count, allowed }: { readonly count: number; readonly allowed: number }): Words => ({
    headline: `the sweep has ${count} points`,
    values: { allowed },
    help: 'Sweep over fewer values, or in several pipelines.',
  }),
  /** More edges into collecting ports than fit into memory. */
  'too-many-edges': ({ step, allowed }: { readonly step: string; readonly allowed: number }): Words => ({
    headline: `the collecting ports of ${step} have too many inputs together`,
    values: { allowed },
  }),
  /** Two points whose names are one text, e.g. because a value holds a comma. */
  'ambiguous-name': ({ step, name }: { readonly step: string; readonly name: string }): Words => ({
    headline: `two points of ${step} are both named ${name}`,
    help: 'Use values without "," and "=" on its axes.',
  }),
  /** Inputs that share axes and no value of them. `left` and `right` are the first values of each side. */
  'no-common-point': ({ axes, left, right, what }: NoCommonPoint): Words => ({
    headline: `what comes in has no value of ${axes.join(', ')} in common`,
    values: { 'so far': left.join(' '), [what]: right.join(' ') },
    help: 'Edges that carry the same axis are joined where its values are equal.',
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
