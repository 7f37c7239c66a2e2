// Node type `estimate-delta-f2`: the inherent variance of a layer's features, per image or averaged over a reference
// set. The formula is in math/delta-f2.ts.
import { Type } from '@sinclair/typebox';
import type { Static } from '@sinclair/typebox';
import type { Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import type { Item } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import type { FeatureMap } from '../../math/feature-map.ts';
import type { DeltaF2 } from '../../math/delta-f2.ts';
import { compileTap } from './compiled-tap.ts';
import { imageFields, inputImage } from './input-image.ts';
import { expectFinite } from './expect-finite.ts';
import { datasetKind } from '../kinds/dataset.ts';
import { deltaF2Kind } from '../kinds/delta-f2.ts';
import { tapKind } from '../kinds/tap.ts';

const params = Type.Object(
  {
    per: Type.Union([Type.Literal('image'), Type.Literal('dataset')], {
      default: 'image',
      description:
        'image: each image has its own delta_f^2, independent of the other images; dataset: one mean over the images on the port `reference`, for all images.',
    }),
    precision: Type.Number({
      default: 0.01,
      minimum: 1e-4,
      maximum: 1,
      description:
        'Relative standard error to reach for each image. Layers of at most 64 features are measured exactly.',
    }),
    max_probes: Type.Integer({
      default: 2048,
      minimum: 32,
      maximum: 1_000_000,
      description: 'Largest number of random probes per image.',
    }),
  },
  { additionalProperties: false },
);

/**
 * Least number of probes. Layers with at most this many features are measured exactly, since that takes no more
 * products than the probes.
 */
const LEAST_PROBES = 64;
const BATCH = 32;

export const estimateDeltaF2 = defineNode({
  type: 'estimate-delta-f2',
  version: 4,
  doc: `Measures delta_f^2 of a layer: the mean square of the change of its features under small noise on the input. It sets how far SID lets the features move (below Eq. 5).

It is the squared Frobenius norm of the Jacobian: exact for layers of at most 64 features, else the mean over random vector-Jacobian products with its standard error. With \`per: dataset\` the images to average over come on the port \`reference\`, so measuring more images does not change it.`,
  params,
  inputs: {
    tap: { kind: tapKind, doc: 'The layer.' },
    data: { kind: datasetKind, perItem: true, optional: true, doc: 'The images to measure (per: image).' },
    reference: { kind: datasetKind, perItem: true, optional: true, doc: 'The images to average over (per: dataset).' },
  },
  outputs: { delta: { kind: deltaF2Kind, doc: 'One row per image, or a single row (per: dataset).' } },
  examples: [
    `pipeline: feature-range
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 2, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, fc] } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
`,
    `pipeline: feature-range-of-a-data-set
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  reference: { use: make-shapes, with: { count: 3, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: fc }, from: { network: network } }
  delta: { use: estimate-delta-f2, with: { per: dataset }, from: { tap: tap, reference: reference } }
`,
  ],
  check: ({ params: { per }, inputs }) => {
    const port = per === 'dataset' ? 'reference' : 'data';
    if (inputs[port] !== undefined) return [];
    const given = inputs[port === 'data' ? 'reference' : 'data'] !== undefined;
    return [{ ...failure('port-for-per', { per, port, given }), pointer: '/per' }];
  },
  items: {
    over: (chosen) => (chosen.per === 'dataset' ? 'reference' : 'data'),
    batch: 8,
    reads: { data: imageFields, reference: imageFields },
    async run(context) {
      const port = context.params.per === 'dataset' ? 'reference' : 'data';
      const { network, map, imagesAtOnce } = await compileTap(context.inputs.tap);
      const batch = Math.min(BATCH, await imagesAtOnce(context.memory));
      for (const [done, item] of context.items.entries()) {
        context.signal.throwIfAborted();
        const image = await inputImage(item, port, network.input);
        const delta = await expectFinite(network.output, item.name, () =>
          measure(map, image, item, { ...context.params, batch }),
        );
        if (delta.value === 0 && port === 'data') failForNothing(network.output, item.name);
        if (delta.error > 2 * context.params.precision * delta.value) {
          const reached = ((100 * delta.error) / delta.value).toFixed(1);
          context.warn(
            `${item.name}: delta_f^2 of ${network.output} is known to ${reached} % after ${delta.probes} probes; raise max_probes`,
          );
        }
        await context.emit(item, [rowOf(item, delta)]);
        context.progress(done + 1, context.items.length, 'images');
      }
    },
    collect: (rows, chosen) => (chosen.per === 'dataset' ? [meanRow(rows.flat())] : undefined),
  },
});

async function measure(
  map: FeatureMap,
  image: Float32Array,
  item: Item,
  chosen: Static<typeof params> & { readonly batch: number },
): Promise<DeltaF2> {
  const { estimateDeltaF2: estimate, exactDeltaF2 } = await import('../../math/delta-f2.ts');
  const { featuresOf } = await import('../../math/linearization.ts');
  const { Random } = await import('../../math/random.ts');
  const costs = { forwards: 0, evaluations: 0 };
  // The features are checked too, because a gradient may be finite although the features overflow.
  (await featuresOf(map, image, costs)).dispose();
  if (map.features <= LEAST_PROBES) return await exactDeltaF2(map, image, { batch: chosen.batch, costs });
  return await estimate(map, image, {
    least: Math.min(LEAST_PROBES, chosen.max_probes),
    most: chosen.max_probes,
    relativeError: chosen.precision,
    batch: chosen.batch,
    random: new Random(item.seed),
    costs,
  });
}

function rowOf(item: Item, delta: DeltaF2): Row {
  const { value, error, probes, method } = delta;
  return { image: item.id, delta_f2: value, delta_f2_se: error, probes, method, images: 1 };
}

/**
 * Mean over the reference images. Its standard error covers the variation between the images and the noise of the
 * probes.
 */
function meanRow(rows: readonly Row[]): Row {
  const values = rows.map((row) => row['delta_f2'] as number);
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const scatter = n > 1 ? values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1) / n : 0;
  const measured = rows.reduce((sum, row) => sum + (row['delta_f2_se'] as number) ** 2, 0) / n ** 2;
  const probes = Math.round(rows.reduce((sum, row) => sum + (row['probes'] as number), 0) / n);
  if (mean === 0) failForNothing('the layer', 'every image of the reference set');
  return {
    image: null,
    index: null,
    delta_f2: mean,
    delta_f2_se: Math.sqrt(n > 1 ? scatter : measured),
    probes,
    method: rows[0]!['method']!,
    images: n,
  };
}

function failForNothing(layer: string, image: string): never {
  return fail(failure('no-sensitivity', { layer, image }));
}
