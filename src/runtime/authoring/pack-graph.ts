// A linked graph in few bytes, for the memo: what steps have in common is written once. 10,000 steps take about a megabyte.
import type { Axes, AxisValue } from '../contracts/define.ts';
import { stepName } from '../contracts/step-name.ts';
import type { Edge, Graph, Step } from '../contracts/graph.ts';

/** What all steps of one node type have, usually. */
type Type = Omit<Step, 'name' | 'base' | 'line' | 'axes' | 'params' | 'files' | 'cards' | 'inputs'>;
/** What all points with one value of the step's own axes have. */
type Content = Pick<Step, 'params' | 'files' | 'cards'>;

/** An edge: index of the upstream step in the list of steps, and of the output's name. Its axes are those of that step. */
type PackedEdge = readonly [step: number, output: number];

interface PackedStep {
  /** Index into `bases`. */
  readonly b: number;
  /** Index into `contents`. */
  readonly c: number;
  /** Values of the axes that the base names. */
  readonly a?: readonly AxisValue[];
  /** By port, in the order of `ports`. */
  readonly i?: readonly (PackedEdge | readonly PackedEdge[])[];
}

/** A step as written: all points of its sweep. */
interface PackedBase {
  /** Index into `types`. */
  readonly type: number;
  readonly base: string;
  readonly line: number;
  readonly axes: readonly string[];
  readonly ports: readonly string[];
}

export interface PackedGraph {
  readonly head: Omit<Graph, 'steps'>;
  readonly types: readonly Type[];
  readonly bases: readonly PackedBase[];
  readonly contents: readonly Content[];
  readonly outputs: readonly string[];
  readonly steps: readonly PackedStep[];
}

/** Gives equal values one index. */
interface Pool<T> {
  readonly list: T[];
  index(value: T): number;
}

function pool<T>(): Pool<T> {
  const list: T[] = [];
  const known = new Map<string, number>();
  return {
    list,
    index(value) {
      const text = JSON.stringify(value);
      let index = known.get(text);
      if (index === undefined) {
        index = list.push(value) - 1;
        known.set(text, index);
      }
      return index;
    },
  };
}

export function packGraph({ steps, ...head }: Graph): PackedGraph {
  const types = pool<Type>();
  const bases = pool<PackedBase>();
  const contents = pool<Content>();
  const outputs = pool<string>();
  // Steps come after what they need.
  const places = new Map<string, number>();
  const packEdge = (edge: Edge): PackedEdge => [places.get(edge.step) ?? -1, outputs.index(edge.output)];
  const packed = steps.map(({ name, base, line, axes, params, files, cards, inputs, ...type }, place): PackedStep => {
    places.set(name, place);
    const ports = Object.keys(inputs);
    const values = Object.values(axes);
    const edges = Object.values(inputs).map((one) => (isEdge(one) ? packEdge(one) : one.map(packEdge)));
    const b = bases.index({ type: types.index(type), base, line, axes: Object.keys(axes), ports });
    const c = contents.index({ params, files, ...(cards === undefined ? {} : { cards }) });
    return { b, c, ...(values.length === 0 ? {} : { a: values }), ...(edges.length === 0 ? {} : { i: edges }) };
  });
  return { head, types: types.list, bases: bases.list, contents: contents.list, outputs: outputs.list, steps: packed };
}

function isEdge(one: Edge | readonly Edge[]): one is Edge {
  return !Array.isArray(one);
}

/** Written with loops and plain literals: it is most of what a run of 10,000 steps costs that has nothing to do. */
export function unpackGraph(packed: PackedGraph): Graph {
  const steps: Step[] = [];
  for (const one of packed.steps) {
    const { type, base, line, axes: names, ports } = packed.bases[one.b] as PackedBase;
    const { node, version, outputs, light, module, items, timeout } = packed.types[type] as Type;
    const { params, files, cards } = packed.contents[one.c] as Content;
    const axes = names.length === 0 ? NO_AXES : unpackAxes(names, one.a ?? []);
    const inputs: Record<string, Edge | readonly Edge[]> = {};
    for (let at = 0; at < ports.length; at++) {
      const edge = one.i?.[at] ?? [];
      inputs[ports[at] as string] = isPackedEdge(edge)
        ? unpackEdge(edge, steps, packed.outputs)
        : edge.map((each) => unpackEdge(each, steps, packed.outputs));
    }
    const name = stepName(base, axes);
    const step: Writable<Step> = { name, base, axes, node, version, params, files, inputs, outputs, light, line };
    if (cards !== undefined) step.cards = cards;
    if (module !== undefined) step.module = module;
    if (items !== undefined) step.items = items;
    if (timeout !== undefined) step.timeout = timeout;
    steps.push(step);
  }
  return { ...packed.head, steps };
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const NO_AXES: Axes = {};

function unpackAxes(names: readonly string[], values: readonly AxisValue[]): Axes {
  const axes: Record<string, AxisValue> = {};
  for (let at = 0; at < names.length; at++) axes[names[at] as string] = values[at] as AxisValue;
  return axes;
}

function unpackEdge([index, output]: PackedEdge, steps: readonly Step[], outputs: readonly string[]): Edge {
  const { name, axes } = steps[index] as Step;
  return { step: name, output: outputs[output] as string, axes };
}

function isPackedEdge(edge: PackedEdge | readonly PackedEdge[]): edge is PackedEdge {
  return typeof edge[0] === 'number';
}
