// Loads the node types that a pipeline uses: built-in types by name, other types from the user's node files.
import type { NodeDefinition, NodeRegistry } from '../contracts/define.ts';
import { meantName, presentName } from '../contracts/did-you-mean.ts';
import { failed, failure } from '../contracts/failure.ts';
import type { Failure, Result } from '../contracts/failure.ts';
import type { UserModule } from '../contracts/graph.ts';
import type { FileFinder } from './find-file-params.ts';
import type { Named, PipelineDraft } from './pipeline-draft.ts';
import type { Report } from './report.ts';

export interface Definition {
  readonly definition: NodeDefinition;
  /** Index into the modules of the graph, for a node type from a user's file. Absent for a built-in type. */
  readonly module?: number;
}

export interface Definitions {
  readonly byType: ReadonlyMap<string, Definition>;
  readonly modules: readonly UserModule[];
}

export interface Lookup {
  readonly registry: NodeRegistry;
  readonly files: FileFinder;
  readonly report: Report;
}

export async function loadDefinitions(draft: PipelineDraft, lookup: Lookup): Promise<Definitions> {
  const { registry, report } = lookup;
  const byType = new Map<string, Definition>();
  const modules: UserModule[] = [];
  for (const named of draft.modules) {
    const module = await loadModule(named, { ...lookup, byType, index: modules.length });
    if (module.ok) modules.push(module.value);
    else for (const one of module.failures) report(named.place, one);
  }
  const wanted = new Set([...draft.steps.values()].flatMap((step) => step.use?.name ?? []));
  const builtIn = [...wanted].filter((type) => !byType.has(type) && registry.types.includes(type));
  await Promise.all(builtIn.map(async (type) => byType.set(type, { definition: await registry.load(type) })));
  if ([...wanted].some((type) => !byType.has(type)))
    await reportUnknown(draft, { registry, report, byType, isWhole: modules.length === draft.modules.length });
  return { byType, modules };
}

interface Known {
  readonly registry: NodeRegistry;
  readonly report: Report;
  readonly byType: ReadonlyMap<string, Definition>;
  /** True if every node file could be read. */
  readonly isWhole: boolean;
}

async function reportUnknown(draft: PipelineDraft, { registry, report, byType, isWhole }: Known): Promise<void> {
  const builtIn = await Promise.all(registry.types.map((type) => registry.load(type)));
  const own = [...byType.values()].map(({ definition }) => definition);
  const cards = Object.fromEntries([...builtIn, ...own].map((definition) => [definition.type, definition]));
  const known = Object.keys(cards).sort();
  for (const { use, name: step } of draft.steps.values()) {
    if (use === undefined || byType.has(use.name)) continue;
    const now = presentName(use.name, cards);
    const unknown = { name: use.name, known, ...(now === undefined ? {} : { now }) };
    // A node file that could not be read may define the unknown type. If there is such a file, only probable
    // misspellings are reported.
    if (isWhole || meantName(unknown) !== undefined) report(use.place, failure('unknown-node', unknown, { step }));
  }
}

interface Loading extends Lookup {
  /** Node types found so far, by name. `loadModule` adds the types of the module. */
  readonly byType: Map<string, Definition>;
  readonly index: number;
}

async function loadModule({ name }: Named, { registry, files, byType, index }: Loading): Promise<Result<UserModule>> {
  const path = files.find(name);
  if (path === undefined) return failed(failure('missing-file', { file: name, lookedFor: files.places(name) }));
  const { readUserModule } = await import('../modules/user-modules.ts');
  const module = await readUserModule(path);
  if (!module.ok) return module;
  const failures: Failure[] = [];
  const types: string[] = [];
  for (const definition of module.value.definitions) {
    const { type } = definition;
    const isBuiltIn = registry.types.includes(type);
    if (isBuiltIn || byType.has(type))
      failures.push(failure('duplicate-node-type', { type, ...(isBuiltIn ? { file: name } : {}) }));
    else {
      byType.set(type, { definition, module: index });
      types.push(type);
    }
  }
  return failures.length > 0
    ? { ok: false, failures }
    : { ok: true, value: { path, files: module.value.files, types } };
}
