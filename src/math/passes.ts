// Passes of noised images through the network. A pass evaluates the batch of one image, or the joined batches of
// several images, which uses a GPU better.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { FeatureMap } from './feature-map.ts';

/**
 * Usual number of images per pass. On one core, 32 and 64 are the fastest, a fifth faster than 8 or 128 (ResNet-20).
 */
export const USUAL_ROWS = 64;

/** Vectors to pull back: the residuals u = h(x') - f, or probes [samples, m]. */
export type Pulled = 'residuals' | Tensor2D;

/** Request to evaluate a batch of noised copies of one image. The caller disposes the tensors of the request. */
export interface PassRequest {
  /** x', [samples, height, width, channels]. */
  readonly x: Tensor4D;
  /** f = h(x), [1, m]. */
  readonly f: Tensor2D;
  /** Vectors to pull back; without them, there is only a forward pass. */
  readonly pull?: readonly Pulled[] | undefined;
  readonly keepsResiduals: boolean;
}

/** Result of a request. The caller disposes the tensors of the result. */
export interface Passed {
  /** Energies ||u||^2 of the residuals u = h(x') - f, [samples]. */
  readonly energy: Tensor1D;
  /** Residuals u = h(x') - f, [samples, m]; only if `keepsResiduals` was set. */
  readonly residuals?: Tensor2D | undefined;
  /** Products J(x')^T w, one tensor [samples, height, width, channels] for every entry w of `pull`. */
  readonly products: readonly Tensor4D[];
}

export interface Passes {
  /** Largest number of images per pass, limited by memory. */
  readonly rows: number;
  /** Evaluates a batch. Rejects with the error thrown by the network. */
  run(request: PassRequest): Promise<Passed>;
}

/** Returns passes that evaluate every batch separately. */
export function separatePasses(map: FeatureMap): Passes {
  return new JoinedPasses(map, USUAL_ROWS, 1);
}

interface Waiting {
  readonly request: PassRequest;
  readonly resolve: (passed: Passed) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Calls `work` for every item. If n batches fit into one pass, n items run concurrently, and each pass joins one batch
 * of every running item. When an item is done, the next item starts. Resolves when all items are done. After an error no
 * new item starts; when the running items are done, the function rejects with the error.
 */
export async function joinPasses<T>(
  map: FeatureMap,
  rows: number,
  items: readonly T[],
  work: (item: T, passes: Passes) => Promise<void>,
): Promise<void> {
  const lanes = Math.max(1, Math.min(items.length, Math.floor(rows / USUAL_ROWS)));
  const passes = new JoinedPasses(map, rows, lanes);
  const queue = [...items];
  let failed = false;
  const lane = async (): Promise<void> => {
    try {
      while (queue.length > 0 && !failed) await work(queue.shift() as T, passes);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      passes.leave();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/**
 * Joins the batches of several images, the members, into one pass. The pass runs as soon as every member waits for a
 * batch. The results of an image do not depend on the other images in its pass, except for rounding.
 */
class JoinedPasses implements Passes {
  readonly rows: number;
  readonly #map: FeatureMap;
  #members: number;
  #waiting: Waiting[] = [];

  constructor(map: FeatureMap, rows: number, members: number) {
    this.#map = map;
    this.rows = rows;
    this.#members = members;
  }

  /** Removes a member that will send no more batches. */
  leave(): void {
    this.#members--;
    this.#go();
  }

  run(request: PassRequest): Promise<Passed> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#go();
    });
  }

  #go(): void {
    if (this.#waiting.length < this.#members) return;
    const groups = new Map<string, Waiting[]>();
    for (const waiting of this.#waiting.splice(0)) {
      const kind = kindOf(waiting.request);
      groups.set(kind, [...(groups.get(kind) ?? []), waiting]);
    }
    for (const group of groups.values()) {
      try {
        const passed = passTogether(
          this.#map,
          this.rows,
          group.map(({ request }) => request),
        );
        group.forEach(({ resolve }, i) => resolve(passed[i]!));
      } catch (error) {
        group.forEach(({ reject }) => reject(error));
      }
    }
  }
}

/** Returns a text that identifies the outputs of a request. Only requests with equal texts are joined. */
function kindOf({ pull, keepsResiduals }: PassRequest): string {
  const products = pull?.map((w) => (w === 'residuals' ? 'u' : 'w')).join('') ?? 'forward';
  return `${products} ${String(keepsResiduals)}`;
}

/** `tf.tidy` with a wider type, because its original type does not accept interfaces as results. */
const tidy = tf.tidy as <T>(compute: () => T) => T;

function passTogether(map: FeatureMap, rows: number, requests: readonly PassRequest[]): Passed[] {
  if (requests.length === 1) return [tidy(() => passInParts(map, rows, requests[0]!))];
  return tidy(() => {
    const first = requests[0]!;
    const all = passInParts(map, rows, {
      x: tf.concat(requests.map(({ x }) => x)),
      f: tf.concat(requests.map(({ x, f }) => tf.tile(f, [x.shape[0], 1]))),
      pull: first.pull?.map((w, k) => (w === 'residuals' ? w : tf.concat(requests.map((one) => one.pull![k] as Tensor2D)))), // prettier-ignore
      keepsResiduals: first.keepsResiduals,
    });
    let from = 0;
    return requests.map(({ x }) => {
      const [samples] = x.shape;
      const own = <T extends Tensor1D | Tensor2D | Tensor4D>(of: T): T => tf.slice(of, from, samples);
      const passed = {
        energy: own(all.energy),
        residuals: all.residuals && own(all.residuals),
        products: all.products.map(own),
      };
      from += samples;
      return passed;
    });
  });
}

/** Evaluates a request in parts of at most `rows` images. `request.f` is [1, m], or has one row per image. */
function passInParts(map: FeatureMap, rows: number, request: PassRequest): Passed {
  const { x, f, pull, keepsResiduals } = request;
  const [samples] = x.shape;
  if (samples <= rows) return pass(map, request);
  const parts: Passed[] = [];
  for (let from = 0; from < samples; from += rows) {
    const slice = <T extends Tensor2D | Tensor4D>(all: T): T => tf.slice(all, from, Math.min(rows, samples - from));
    parts.push(
      tidy(() =>
        pass(map, {
          x: slice(x),
          f: f.shape[0] === 1 ? f : slice(f),
          pull: pull?.map((w) => (w === 'residuals' ? w : slice(w))),
          keepsResiduals,
        }),
      ),
    );
  }
  const joined = <T extends Tensor1D | Tensor2D | Tensor4D>(of: (part: Passed) => T): T => tf.concat<T>(parts.map(of));
  return {
    energy: joined((part) => part.energy),
    residuals: keepsResiduals ? joined((part) => part.residuals!) : undefined,
    products: parts[0]!.products.map((_, k) => joined((part) => part.products[k]!)),
  };
}

function pass(map: FeatureMap, { x, f, pull, keepsResiduals }: PassRequest): Passed {
  const at = pull === undefined ? undefined : map.linearize(x);
  const u = tf.sub<Tensor2D>(at?.f ?? map.forward(x), f);
  const products = at === undefined ? [] : pull!.map((w) => at.pullback(w === 'residuals' ? u : w));
  at?.dispose();
  return { energy: tf.sum(tf.square(u), 1), residuals: keepsResiduals ? u : undefined, products };
}
