// The feature map of a tap, compiled once per worker: the nodes that measure a tap share it. No formula, no arithmetic.
import type { ArtifactReader } from '../runtime/artifact.ts';
import type { FeatureMap } from '../math/feature-map.ts';
import type { Network } from '../network/network.ts';

export interface CompiledTap {
  readonly network: Network;
  readonly map: FeatureMap;
}

/** Most recently used last. */
const compiled = new Map<string, Promise<CompiledTap>>();
const KEPT = 3;

/** Compiles the network of a tap artifact, or takes it from the last few. The map belongs to the cache: do not dispose it. */
export async function compileTap(tap: ArtifactReader): Promise<CompiledTap> {
  const known = compiled.get(tap.digest);
  const made = known ?? compile(tap);
  compiled.delete(tap.digest);
  compiled.set(tap.digest, made);
  made.catch(() => compiled.delete(tap.digest));
  for (const [digest, old] of compiled) {
    if (compiled.size <= KEPT) break;
    compiled.delete(digest);
    (await old).map.dispose();
  }
  return made;
}

async function compile(tap: ArtifactReader): Promise<CompiledTap> {
  const [{ compileFeatureMap }, { loadBackend }] = await Promise.all([
    import('../network/compile.ts'),
    import('../compute/backend.ts'),
  ]);
  const network = await tap.value<Network>();
  const map = await compileFeatureMap(network, (digest) => tap.blob(digest), await loadBackend());
  return { network, map };
}
