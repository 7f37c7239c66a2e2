// Builds the action of a step from its parameters and the digests of its inputs. keys.ts turns actions into keys.
import type { Artifact, Digest } from '../contracts/artifact.ts';
import type { Axes } from '../contracts/define.ts';
import type { Edge, Graph, Json, Step } from '../contracts/graph.ts';
import type { ActionRecord } from '../contracts/keys.ts';
import type { SourceDigests } from './source-digests.ts';
import type { InputRefs } from '../workers/task.ts';

type Params = Readonly<Record<string, Json>>;

/**
 * Returns a copy of `value` in which the part at `path` is replaced. Only the lists and maps along the path are copied.
 */
function replaceAt(value: Json, path: readonly string[], replacement: Json): Json {
  const [head, ...rest] = path;
  if (head === undefined) return replacement;
  if (Array.isArray(value))
    return (value as readonly Json[]).map((entry, i) =>
      String(i) === head ? replaceAt(entry, rest, replacement) : entry,
    );
  if (typeof value !== 'object' || value === null) return value;
  const object = value as Params;
  return { ...object, [head]: replaceAt(object[head] ?? null, rest, replacement) };
}

export function parsePointer(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * Parameters as they enter the key. A parameter that names a file becomes `{ file: digest of its content }`; a
 * parameter that holds the folder of files becomes null.
 */
function keyedParams(step: Step, files: ReadonlyMap<string, Digest>): Params {
  let params: Json = step.params;
  for (const { pointer, path, folder } of step.files) {
    const digest = files.get(path);
    if (digest === undefined) throw new Error(`${step.name}: ${path} was not digested`);
    if (folder !== undefined) params = replaceAt(params, parsePointer(folder), null);
    params = replaceAt(params, parsePointer(pointer), { file: digest });
  }
  return params as Params;
}

/** Inputs of a step as artifacts with their axes; `artifactOf` gives the artifact of an edge. */
export function inputRefs(step: Step, artifactOf: (edge: Edge) => Artifact): InputRefs {
  const refs: Record<string, InputRefs[string]> = {};
  const refOf = (edge: Edge) => {
    const { kind, digest } = artifactOf(edge);
    return { kind, digest, axes: edge.axes };
  };
  for (const [port, edges] of Object.entries(step.inputs)) {
    refs[port] = Array.isArray(edges) ? (edges as readonly Edge[]).map(refOf) : refOf(edges as Edge);
  }
  return refs;
}

/** Fields that the action of a step shares with the actions of its items. */
export function baseAction(step: Step, graph: Graph, sources: SourceDigests): Omit<ActionRecord, 'inputs'> {
  return {
    node: step.node,
    version: step.version,
    code: (step.module === undefined ? undefined : sources.modules[step.module]?.code) ?? null,
    params: step.files.length === 0 ? step.params : keyedParams(step, sources.files),
    ...(step.cards === undefined ? {} : { cards: step.cards }),
    numerics: graph.numerics ?? null,
    dtype: 'float32',
  };
}

/**
 * Inputs as an action lists them, by port: a digest, or for a `many` port a list of pairs of axes and digest, in sweep
 * order.
 */
export function keyedInputs(refs: InputRefs): ActionRecord['inputs'] {
  const inputs: Record<string, Digest | readonly (readonly [Axes, Digest])[]> = {};
  for (const [port, ref] of Object.entries(refs)) {
    inputs[port] =
      'digest' in ref
        ? (ref as Artifact).digest
        : (ref as readonly (Artifact & { axes: Axes })[]).map((one) => [one.axes, one.digest] as const);
  }
  return inputs;
}

/** Returns the action of a whole step, not of one item. `artifactOf` returns the artifact of an edge. */
export function actionOf(
  step: Step,
  graph: Graph,
  sources: SourceDigests,
  artifactOf: (edge: Edge) => Artifact,
): ActionRecord {
  const inputs: Record<string, ActionRecord['inputs'][string]> = {};
  for (const port in step.inputs) {
    const edges = step.inputs[port] as Edge | readonly Edge[];
    inputs[port] =
      'step' in edges ? artifactOf(edges).digest : edges.map((edge) => [edge.axes, artifactOf(edge).digest]);
  }
  const base = baseAction(step, graph, sources);
  const module = step.module === undefined ? undefined : sources.modules[step.module];
  return module === undefined ? { ...base, inputs } : { ...base, codeFiles: module.files, inputs };
}
