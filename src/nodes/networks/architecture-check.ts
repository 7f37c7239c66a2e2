// What can be said of architectures and their layers before a network is there: the zoo is plain data.
import type { NodeMistake, UpstreamStep } from '../../runtime/contracts/define.ts';
import { FailureError } from '../../runtime/contracts/failure.ts';
import { findLayer } from '../../network/tap.ts';
import type { Architecture, ArchitectureOptions } from '../../network/zoo/architecture.ts';
import { buildArchitecture } from '../../network/zoo/index.ts';

/** By name and options: a sweep asks the same again and again. */
const checked = new Map<string, readonly NodeMistake[]>();

/** What is wrong with the name of an architecture and its options. */
export function checkArchitecture(name: string, options?: ArchitectureOptions): readonly NodeMistake[] {
  const id = JSON.stringify([name, options]);
  const known = checked.get(id);
  if (known !== undefined) return known;
  const mistakes = refusals(
    () => buildArchitecture(name, options),
    ({ reason }) => (reason === 'unknown-architecture' ? '/architecture' : '/options'),
  );
  checked.set(id, mistakes);
  return mistakes;
}

/** What is wrong with the name of a layer, where the architecture of its network is known. */
export function checkLayer(layer: string, network: UpstreamStep | undefined): readonly NodeMistake[] {
  const architecture = network && architectureOf(network);
  if (architecture === undefined) return [];
  return refusals(
    () => findLayer(architecture, layer),
    () => '/layer',
  );
}

/** Nodes whose networks are those of the zoo, as their parameter `architecture` says. */
const FROM_ZOO: ReadonlySet<string> = new Set(['load-network', 'train-network']);

/** By name and batch-norm, which is all that names of layers depend on. */
const built = new Map<string, Architecture | undefined>();

function architectureOf({ node, params }: UpstreamStep): Architecture | undefined {
  const { architecture: name, options } = params as {
    readonly architecture?: unknown;
    readonly options?: ArchitectureOptions;
  };
  if (!FROM_ZOO.has(node) || typeof name !== 'string') return undefined;
  const batchNorm = options?.batch_norm ?? true;
  const id = `${name} ${batchNorm}`;
  if (!built.has(id)) built.set(id, buildIfKnown(name, batchNorm));
  return built.get(id);
}

/** An unknown one is the mistake of another step. */
function buildIfKnown(name: string, batchNorm: boolean): Architecture | undefined {
  try {
    return buildArchitecture(name, { batch_norm: batchNorm });
  } catch (error) {
    if (error instanceof FailureError) return undefined;
    throw error;
  }
}

function refusals(
  attempt: () => unknown,
  pointerOf: (failure: FailureError['failure']) => string,
): readonly NodeMistake[] {
  try {
    attempt();
    return [];
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return [{ ...error.failure, pointer: pointerOf(error.failure) }];
  }
}
