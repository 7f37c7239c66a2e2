// The feature map of a tap, compiled once per worker and shared by all nodes that measure the tap. This file holds no
// formula and no arithmetic.
import type { ArtifactReader } from '../../runtime/contracts/artifact.ts';
import type { FeatureMap } from '../../math/feature-map.ts';
import type { Network } from '../../network/network.ts';
import { formatBytes } from '../../runtime/contracts/byte-size.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';

export interface CompiledTap {
  readonly network: Network;
  readonly map: FeatureMap;
  /**
   * Returns the number of images to send through the map together: the fastest batch size that fits into memory.
   * @param memory bytes that the task may use; default: 1 GiB
   * @throws FailureError `too-little-memory-for-image` if one image alone does not fit
   */
  readonly imagesAtOnce: (memory?: number) => Promise<number>;
}

const USUAL_MEMORY = 2 ** 30;

/** Compiled taps by digest, the least recently used first. */
const compiled = new Map<string, Promise<CompiledTap>>();
const KEPT = 3;

/**
 * Returns the compiled network of a tap artifact. The three most recently used networks are cached. The cache owns
 * their feature maps: callers must not dispose them.
 */
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
  const [{ compileFeatureMap }, { loadBackend }, { bytesPerImage, fastestImagesAtOnce }, { USUAL_ROWS }] =
    await Promise.all([
      import('../../network/compile.ts'),
      import('../../compute/backend.ts'),
      import('../../math/images-at-once.ts'),
      import('../../math/passes.ts'),
    ]);
  const network = await tap.value<Network>();
  const backend = await loadBackend();
  const map = await compileFeatureMap(network, (digest) => tap.blob(digest), backend);
  const fastest = new Map<number, Promise<number>>(); // results of fastestImagesAtOnce by `most`
  let perImage: number | undefined;
  return {
    network,
    map,
    async imagesAtOnce(memory = USUAL_MEMORY) {
      perImage ??= bytesPerImage(map);
      const most = Math.floor(memory / perImage);
      if (most >= 2 * USUAL_ROWS && backend.gpu) {
        if (!fastest.has(most)) fastest.set(most, fastestImagesAtOnce(map, most));
        return await fastest.get(most)!;
      }
      if (most > 0 || memory === USUAL_MEMORY) return Math.min(USUAL_ROWS, Math.max(1, most));
      const sizes = { needed: formatBytes(perImage), left: formatBytes(memory) };
      return fail(failure('too-little-memory-for-image', { layer: network.output, ...sizes }));
    },
  };
}
