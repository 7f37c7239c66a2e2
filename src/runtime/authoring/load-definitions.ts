// Finds the node types that a pipeline uses: built-in ones by name, and those of the user's own files.
import type { NodeDefinition, NodeRegistry } from '../contracts/define.ts';
import { listNames, nearest } from '../contracts/did-you-mean.ts';
import type { Failure } from '../contracts/failure.ts';
import { findFile, placesOf } from './find-file-params.ts';
import type { Folders, FoundFiles } from './find-file-params.ts';
import type { UserModule } from '../contracts/graph.ts';
import type { Named, PipelineDraft } from './pipeline-draft.ts';
import { mistake } from './written.ts';

export interface Definition {
  readonly definition: NodeDefinition;
  /** Index into the modules of the graph, for a node type of the user's. */
  readonly module?: number;
}

export interface Definitions {
  readonly byType: ReadonlyMap<string, Definition>;
  readonly modules: readonly UserModule[];
  readonly failures: readonly Failure[];
}

export interface Lookup {
  readonly folders: Folders;
  readonly found: FoundFiles;
}

export async function loadDefinitions(
  draft: PipelineDraft,
  registry: NodeRegistry,
  { folders, found }: Lookup,
): Promise<Definitions> {
  const byType = new Map<string, Definition>();
  const failures: Failure[] = [];
  const modules: UserModule[] = [];
  for (const named of draft.modules) {
    const module = await loadModule(named, { registry, folders, found, byType, index: modules.length });
    if (Array.isArray(module)) failures.push(...(module as readonly Failure[]));
    else modules.push(module as UserModule);
  }
  const wanted = new Set([...draft.steps.values()].flatMap((step) => step.use?.name ?? []));
  const builtIn = [...wanted].filter((type) => !byType.has(type) && registry.types.includes(type));
  await Promise.all(builtIn.map(async (type) => byType.set(type, { definition: await registry.load(type) })));
  const isBroken = failures.length > 0;
  for (const step of draft.steps.values()) {
    if (step.use === undefined || byType.has(step.use.name)) continue;
    const failure = unknownNode(step.use, step.name, [...registry.types, ...byType.keys()]);
    // While a file of node types is broken, a type that is like no other may be one of its.
    if (!isBroken || failure.values?.['did you mean'] !== undefined) failures.push(failure);
  }
  return { byType, modules, failures };
}

function unknownNode({ name, place }: Named, step: string, types: readonly string[]): Failure {
  const known = [...new Set(types)].sort();
  return mistake(place, {
    reason: 'unknown-node',
    headline: `there is no node type ${name}`,
    values: nearest(name, known),
    help: `Node types: ${listNames(known)}.`,
    step,
  });
}

interface Loading extends Lookup {
  readonly registry: NodeRegistry;
  /** Takes what the module defines. */
  readonly byType: Map<string, Definition>;
  readonly index: number;
}

async function loadModule(
  { name, place }: Named,
  { registry, folders, found, byType, index }: Loading,
): Promise<UserModule | readonly Failure[]> {
  const path = findFile(name, folders, found);
  if (path === undefined) return [mistake(place, missingFile(name, placesOf(name, folders)))];
  const { readUserModule } = await import('../modules/user-modules.ts');
  const module = await readUserModule(path);
  // A mistake with a place of its own, in that file, keeps it.
  if (!module.ok)
    return module.failures.map((failure) => (failure.range === undefined ? mistake(place, failure) : failure));
  const failures: Failure[] = [];
  const types: string[] = [];
  for (const definition of module.value.definitions) {
    const { type } = definition;
    if (registry.types.includes(type) || byType.has(type)) {
      const headline = registry.types.includes(type)
        ? `${name} defines ${type}, which Lethe has already`
        : `the node type ${type} is defined twice`;
      failures.push(mistake(place, { reason: 'duplicate-node-type', headline, help: 'Give it another "type".' }));
    } else {
      byType.set(type, { definition, module: index });
      types.push(type);
    }
  }
  return failures.length > 0 ? failures : { path, files: module.value.files, types };
}

/** A file that is in none of the places where it may be. */
export function missingFile(written: string, places: readonly string[]): Failure {
  const tried =
    places.length === 1
      ? { 'looked for': places[0] ?? '' }
      : { 'looked for': places[0] ?? '', 'and for': places[1] ?? '' };
  return {
    reason: 'missing-file',
    headline: `there is no file ${written}`,
    values: tried,
    help:
      places.length === 1
        ? 'Check the path.'
        : 'Paths are relative to the folder of the pipeline, or else to that of the project.',
  };
}
