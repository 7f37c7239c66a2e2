// Node type `optimize-sigma`: the noise of largest entropy under which the features of a layer stay within a given
// range (Eq. 2-5). The formulas are in math/.
import { Type } from '@sinclair/typebox';
import type { Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import type { Item } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { Passes } from '../../math/passes.ts';
import type { Sid, SidMethod } from '../../math/sid.ts';
import type { SigmaGrid } from '../../math/sigma-grid.ts';
import { compileTap } from './compiled-tap.ts';
import { expectFinite } from './expect-finite.ts';
import { imageFields, inputImage } from './input-image.ts';
import { datasetKind } from '../kinds/dataset.ts';
import { deltaF2Kind } from '../kinds/delta-f2.ts';
import { sigmaKind } from '../kinds/sigma.ts';
import { tapKind } from '../kinds/tap.ts';

const params = Type.Object(
  {
    method: Type.Union([Type.Literal('hybrid'), Type.Literal('adam'), Type.Literal('closed-form')], {
      default: 'hybrid',
      description:
        'hybrid: the solver with a certificate; adam: stochastic gradients on the loss of Eq. 5, as a cross-check; closed-form: the answer for a locally linear layer.',
    }),
    alpha: Type.Number({
      default: 1.5e-4,
      exclusiveMinimum: 0,
      maximum: 1e6,
      description: 'The feature range E||h(x+d)-f||^2, as a multiple of delta_f^2 (Eq. 4).',
    }),
    grid: Type.String({
      default: 'pixel',
      pattern: '^(pixel|[1-9][0-9]{0,4}x[1-9][0-9]{0,4})$',
      description:
        'Groups of pixels that share one sigma: `pixel` (every pixel has its own), or a grid of ROWSxCOLUMNS blocks, e.g. 16x16.',
    }),
    channels: Type.Union([Type.Literal('shared'), Type.Literal('separate')], {
      default: 'shared',
      description: 'shared: the channels of a pixel share one sigma; separate: every channel has its own.',
    }),
    tolerance: Type.Number({
      default: 0.005,
      minimum: 1e-5,
      maximum: 1,
      description: 'Largest accepted distance of the SID from its optimum, in nats per unit.',
    }),
    cap: Type.Number({
      default: 1,
      exclusiveMinimum: 0,
      maximum: 1e6,
      description:
        'Upper limit of sigma, in units of the normalised input. Pixels on which the layer does not depend reach it.',
    }),
    max_evaluations: Type.Integer({
      default: 4096,
      minimum: 32,
      maximum: 10_000_000,
      description:
        'Largest number of noised samples in the search for one image. The start, the scaling and the checks take a few hundred more.',
    }),
  },
  { additionalProperties: false },
);

const BATCH = 32;

export const optimizeSigma = defineNode({
  type: 'optimize-sigma',
  version: 5,
  doc: `Finds the noise of largest entropy that changes the features of a layer by a mean square of at most alpha delta_f^2, and computes from it the strict information discarding (SID) of every image, pixel by pixel (Eq. 2-5).

sigma is in units of the normalised input. Besides SID it reports the measured constraint ratio of sigma, its distance from the optimum (\`gap\`), and the number of units at the cap. Pixels that no feature depends on are at the cap and count in the mean.`,
  params,
  inputs: {
    tap: { kind: tapKind, doc: 'The layer.' },
    delta: {
      kind: deltaF2Kind,
      perItem: true,
      doc: 'delta_f^2 of the same images at the same layer, or a single value for all images.',
    },
    data: { kind: datasetKind, perItem: true, doc: 'The images.' },
    start: {
      kind: sigmaKind,
      optional: true,
      perItem: true,
      doc: 'Start of the search: the sigma of the same images for a similar network (an earlier epoch, a pruned version).',
    },
  },
  outputs: { sigma: { kind: sigmaKind, doc: 'One row per image.' } },
  examples: [
    `pipeline: what-a-layer-forgets
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 1, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
`,
    `pipeline: by-blocks-in-closed-form
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 1, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: fc }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, with: { method: closed-form, grid: 4x4 }, from: { tap: tap, delta: delta, data: test } }
`,
  ],
  items: {
    over: 'data',
    batch: 4,
    reads: { data: imageFields },
    async run(context) {
      const { network, map, imagesAtOnce } = await compileTap(context.inputs.tap);
      const [{ measureSid }, { joinPasses }] = await Promise.all([
        import('../../math/sid.ts'),
        import('../../math/passes.ts'),
      ]);
      const { alpha, method, tolerance, cap, max_evaluations: maxSamples } = context.params;
      const grid = await layGrid(map.inputShape, context.params);
      let done = 0;
      const measure = async (item: Item, passes: Passes): Promise<void> => {
        context.signal.throwIfAborted();
        const { name } = item;
        const image = await inputImage(item, 'data', network.input);
        const deltaF2 = await deltaOf(item, name);
        const start = await startOf(item, grid, name);
        const sid = await expectFinite(network.output, name, () =>
          measureSid(map, image, {
            method,
            alpha,
            deltaF2,
            grid,
            tolerance,
            cap,
            maxSamples,
            batch: BATCH,
            passes,
            seed: item.seed,
            ...(start && { start: start.logSigma }),
          }),
        );
        warnOf(sid, grid, method, `${name} at ${network.output}`, (message) => {
          context.warn(message);
        });
        await context.emit(item, [
          await rowOf(item, sid, grid, { ...context.params, deltaF2: deltaF2.value, before: start?.evaluations }),
        ]);
        context.progress(++done, context.items.length, 'images');
      };
      await joinPasses(map, await imagesAtOnce(context.memory), context.items, measure);
    },
  },
});

async function layGrid(
  shape: readonly [number, number, number],
  options: { readonly grid: string; readonly channels: 'shared' | 'separate' },
): Promise<SigmaGrid> {
  const { createSigmaGrid } = await import('../../math/sigma-grid.ts');
  try {
    return createSigmaGrid(shape, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return fail(failure('grid-too-fine', { grid: options.grid, image: `${shape[0]}x${shape[1]}` }));
  }
}

/** Returns delta_f^2 of an image, from its own row or from the single row for all images. */
async function deltaOf(item: Item, name: string): Promise<{ readonly value: number; readonly error: number }> {
  const rows = await item.inputs['delta']!.rows();
  const row =
    rows.find((candidate) => candidate['image'] === item.id) ?? rows.find((candidate) => candidate['image'] === null);
  if (row === undefined) fail(failure('no-delta-f2', { image: name, position: item.index }));
  return { value: row['delta_f2'] as number, error: row['delta_f2_se'] as number };
}

/**
 * Returns log sigma of the nearby solution on the port `start`, converted to `grid`, and the number of evaluations that
 * the nearby solution took. Undefined if the port is not connected or its table does not contain the image.
 */
async function startOf(
  item: Item,
  grid: SigmaGrid,
  name: string,
): Promise<{ readonly logSigma: Float64Array; readonly evaluations: number } | undefined> {
  const row = (await item.inputs['start']?.rows())?.find((candidate) => candidate['image'] === item.id);
  if (row === undefined) return undefined;
  const [height, width] = grid.inputShape;
  if (row['height'] !== height || row['width'] !== width) {
    const start = `${String(row['height'])}x${String(row['width'])}`;
    fail(failure('start-of-another-size', { image: name, start, here: `${height}x${width}` }));
  }
  const { createSigmaGrid, regroup } = await import('../../math/sigma-grid.ts');
  const [blocks = '', channels] = (row['grid'] as string).split('/');
  const before = createSigmaGrid(grid.inputShape, { grid: blocks, channels: channels as 'shared' | 'separate' });
  const logSigma = regroup(before, row['log_sigma'] as Float32Array, grid);
  return { logSigma, evaluations: row['evaluations'] as number };
}

function warnOf(sid: Sid, grid: SigmaGrid, method: SidMethod, where: string, warn: (message: string) => void): void {
  if (sid.capped === grid.units) {
    warn(
      `${where}: every sigma is at the cap, so the SID contains no information about the layer; lower alpha or raise the cap`,
    );
  } else if (
    Math.abs(sid.constraint.ratio - 1) > 0.05 + 5 * Math.hypot(sid.constraint.error, 2 * sid.sidError) &&
    method !== 'closed-form'
  ) {
    warn(
      `${where}: the constraint is not met (ratio ${sid.constraint.ratio.toPrecision(3)}): the noise activates features that are off at this image; lower alpha or the cap`,
    );
  } else if (sid.converged === false) {
    warn(`${where}: the tolerance was not reached; the gap is ${sid.gap.toFixed(4)} nats; raise max_evaluations`);
  }
}

async function rowOf(
  item: Item,
  sid: Sid,
  grid: SigmaGrid,
  said: {
    readonly method: string;
    readonly alpha: number;
    readonly deltaF2: number;
    readonly before: number | undefined;
  },
): Promise<Row> {
  const [{ entropyFloor, pixelEntropy }, { pixelMap }] = await Promise.all([
    import('../../math/entropy.ts'),
    import('../../math/sigma-grid.ts'),
  ]);
  const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    image: item.id,
    sid: sid.sid,
    sid_se: sid.sidError,
    gap: orNull(sid.gap),
    gap_se: orNull(sid.gapError),
    constraint_ratio: sid.constraint.ratio,
    constraint_ratio_se: sid.constraint.error,
    stationarity: orNull(sid.stationarity),
    capped: sid.capped,
    uncovered: sid.uncovered,
    converged: sid.converged,
    floor: entropyFloor(said.alpha),
    delta_f2: said.deltaF2,
    alpha: said.alpha,
    evaluations: Math.round(sid.evaluations * 10) / 10,
    evaluations_saved: said.before === undefined ? null : Math.round((said.before - sid.evaluations) * 10) / 10,
    forwards: sid.forwards,
    method: said.method,
    grid: grid.name,
    height: grid.inputShape[0],
    width: grid.inputShape[1],
    sid_map: pixelMap(grid, pixelEntropy(sid.logSigma)),
    log_sigma: Float32Array.from(sid.logSigma),
  };
}
