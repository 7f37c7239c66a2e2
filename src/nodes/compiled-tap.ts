// The feature map of a tap, compiled once per worker: the nodes that measure a tap share it. No formula, no arithmetic.
import type { ArtifactReader } from '../runtime/artifact.ts';
import type { FeatureMap } from '../math/feature-map.ts';
import type { Network } from '../network/network.ts';
import { fail } from '../runtime/failure.ts';

export interface CompiledTap {
  readonly network: Network;
  readonly map: FeatureMap;
  /**
   * How many images may go through the map at once.
   * @param memory bytes that the task may take; default: 1 GiB
   * @throws FailureError `too-little-memory` where it does not hold one
   */
  readonly imagesAtOnce: (memory?: number) => number;
}

const USUAL_MEMORY = 2 ** 30;

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
  const [{ compileFeatureMap }, { loadBackend }, { bytesPerImage, imagesWithin }] = await Promise.all([
    import('../network/compile.ts'),
    import('../compute/backend.ts'),
    import('../math/images-at-once.ts'),
  ]);
  const network = await tap.value<Network>();
  const map = await compileFeatureMap(network, (digest) => tap.blob(digest), await loadBackend());
  let perImage: number | undefined;
  return {
    network,
    map,
    imagesAtOnce: (memory = USUAL_MEMORY) => {
      perImage ??= bytesPerImage(map);
      const images = imagesWithin(memory, perImage);
      if (images > 0 || memory === USUAL_MEMORY) return Math.max(1, images);
      return fail({
        reason: 'too-little-memory',
        headline: 'the memory allowed does not hold one image on its way through the network',
        values: {
          layer: network.output,
          'needed for one image': megabytes(perImage),
          'left for this task': megabytes(memory),
        },
        help: 'Give more with --memory, use fewer --jobs, or tap an earlier layer.',
      });
    },
  };
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;
