// A linked graph in few bytes, for the memo: what steps have in common is written once. 10,000 steps take about a megabyte.
import type { Edge, Graph, Step } from './graph.ts';

/** What all steps of one node type have, usually. */
type Type = Omit<Step, 'name' | 'base' | 'line' | 'axes' | 'params' | 'files' | 'inputs'>;
/** What all points with one value of the step's own axes have. */
type Content = Pick<Step, 'params' | 'files'>;

/** An edge: index of the upstream step in the list of steps, and of the output's name. Its axes are those of that step. */
type PackedEdge = readonly [step: number, output: number];

interface PackedStep {
  /** Index into `bases`. */
  readonly b: number;
  /** Index into `contents`. */
  readonly c: number;
  /** Values of the axes that the base names. */
  readonly a?: readonly (string | number | boolean)[];
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
  const packed = steps.map(({ name, base, line, axes, params, files, inputs, ...type }, place): PackedStep => {
    places.set(name, place);
    const ports = Object.keys(inputs);
    const values = Object.values(axes);
    const edges = Object.values(inputs).map((one) => (isEdge(one) ? packEdge(one) : one.map(packEdge)));
    const b = bases.index({ type: types.index(type), base, line, axes: Object.keys(axes), ports });
    const c = contents.index({ params, files });
    return { b, c, ...(values.length === 0 ? {} : { a: values }), ...(edges.length === 0 ? {} : { i: edges }) };
  });
  return { head, types: types.list, bases: bases.list, contents: contents.list, outputs: outputs.list, steps: packed };
}

function isEdge(one: Edge | readonly Edge[]): one is Edge {
  return !Array.isArray(one);
}

export function unpackGraph({ head, types, bases, contents, outputs, steps: packed }: PackedGraph): Graph {
  const steps: Step[] = [];
  const unpackEdge = ([index, output]: PackedEdge): Edge => {
    const source = steps[index] as Step;
    return { step: source.name, output: outputs[output] as string, axes: source.axes };
  };
  for (const { b, c, a = [], i: edges = [] } of packed) {
    const { type, base, line, axes: axisNames, ports } = bases[b] as PackedBase;
    const axes = Object.fromEntries(axisNames.map((name, at) => [name, a[at] as string]));
    const suffix = axisNames.map((name, at) => `${name}=${a[at]}`).join(',');
    const inputs = Object.fromEntries(
      ports.map((port, at) => {
        const edge = edges[at] ?? [];
        return [port, isPackedEdge(edge) ? unpackEdge(edge) : edge.map(unpackEdge)];
      }),
    );
    const name = suffix === '' ? base : `${base}[${suffix}]`;
    steps.push({ ...(types[type] as Type), ...(contents[c] as Content), name, base, line, axes, inputs });
  }
  return { ...head, steps };
}

function isPackedEdge(edge: PackedEdge | readonly PackedEdge[]): edge is PackedEdge {
  return typeof edge[0] === 'number';
}
