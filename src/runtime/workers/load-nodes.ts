// Loads the code of node types: built-in node types from the registry, users' node types from their files. Each file is
// loaded once.
import type { NodeDefinition, NodeRegistry } from '../contracts/define.ts';
import { fail, failure } from '../contracts/failure.ts';

/**
 * Loads a node type by name. `module` is the path of the user's file that defines it; absent for a built-in node type.
 */
export type LoadNode = (type: string, module?: string) => Promise<NodeDefinition>;

/** Loads all node types that a user's file defines. */
export type LoadModule = (path: string) => Promise<readonly NodeDefinition[]>;

/** Creates a loader that keeps what it has loaded. Without `loadModule`, there are only built-in node types. */
export function nodeLoader(registry: NodeRegistry, loadModule?: LoadModule): LoadNode {
  const types = new Map<string, Promise<NodeDefinition>>();
  const modules = new Map<string, Promise<readonly NodeDefinition[]>>();
  return async (type, module) => {
    if (module === undefined) return remember(types, type, () => registry.load(type));
    if (!loadModule) throw new Error(`${type} is defined in ${module}, but this process loads no users' files`);
    const definitions = await remember(modules, module, () => loadModule(module));
    const found = definitions.find((candidate) => candidate.type === type);
    return found ?? fail(failure('no-such-node-in-file', { file: module, node: type }));
  };
}

function remember<T>(known: Map<string, Promise<T>>, name: string, load: () => Promise<T>): Promise<T> {
  let loading = known.get(name);
  if (!loading) known.set(name, (loading = load()));
  return loading;
}
