// `concentration`: Eq. 6 for the sigmas of a layer and the object masks of the images. The formula is in math/concentration.ts.
import { Type } from '@sinclair/typebox';
import type { Digest, Row } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import { concentrationKind } from '../kinds/concentration.ts';
import { datasetKind, readDataset, type DatasetItem } from '../kinds/dataset.ts';
import { sigmaKind } from '../kinds/sigma.ts';

export const concentration = defineNode({
  type: 'concentration',
  version: 2,
  doc: `Measures whether a layer discards the background rather than the object: mean of H_i over the background minus mean over the object (Eq. 6), image by image.

Images without a mask give no row. Where a mask leaves no object or no background the value is null and a warning counts such images. Negative values are kept: leaving them out would bias every mean.`,
  params: Type.Object({}, { additionalProperties: false }),
  inputs: {
    sigma: { kind: sigmaKind, doc: 'Pixel-level SID of the images.' },
    data: { kind: datasetKind, doc: 'The same images, with masks.' },
  },
  outputs: { concentration: { kind: concentrationKind, doc: 'One row per image with a mask.' } },
  light: true,
  examples: [
    `pipeline: where-a-layer-looks
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 2, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, with: { layer: conv1 }, from: { network: network } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
  focus: { use: concentration, from: { sigma: sigma, data: test } }
`,
  ],
  async run(context) {
    const { concentration: measure } = await import('../../math/concentration.ts');
    const { data, sigma } = context.inputs;
    const { items } = await readDataset(data);
    const rows: Row[] = [];
    let undefinedOnes = 0;
    for (const measured of await sigma.rows()) {
      const item = itemOf(items, measured);
      if (item.mask === undefined) continue;
      const mask = await data.blob(item.mask);
      const map = mapOf(measured, item);
      const value = measure(map, mask);
      if (value === undefined) undefinedOnes += 1;
      rows.push({
        image: item.id,
        index: measured['index'] as number,
        concentration: value ?? null,
        ...meansOf(map, mask),
      });
    }
    if (undefinedOnes > 0)
      context.warn(`${undefinedOnes} of ${rows.length} masks leave no object or no background: no concentration there`);
    return { concentration: await context.table(concentrationKind, rows) };
  },
});

/** Images may have equal pixels but different masks, so the position decides and the digest only confirms. */
function itemOf(items: readonly DatasetItem[], row: Row): DatasetItem {
  const item = items[row['index'] as number];
  if (item && item.id === row['image']) return item;
  return fail({
    reason: 'other-images',
    headline: 'the sigmas were measured on other images than the data set has',
    values: {
      position: row['index'] as number,
      'sigma of': row['image'] as Digest,
      'data set has': item?.id ?? 'nothing there',
    },
    help: 'Give `concentration` the same data set as `optimize-sigma`.',
  });
}

function mapOf(row: Row, item: DatasetItem): Float32Array {
  if (row['height'] === item.height && row['width'] === item.width) return row['sid_map'] as Float32Array;
  return fail({
    reason: 'mask-size',
    headline: 'a mask has another size than the map of its image',
    values: {
      image: item.name,
      'mask size': `${item.width} x ${item.height}`,
      'map size': `${String(row['width'])} x ${String(row['height'])}`,
    },
    help: 'Load the images at the size of the input of the network (`size` of load-dataset).',
  });
}

function meansOf(map: Float32Array, mask: Uint8Array): Row {
  const sums = [0, 0];
  const counts = [0, 0];
  map.forEach((value, i) => {
    const side = mask[i] === 0 ? 0 : 1;
    sums[side]! += value;
    counts[side]! += 1;
  });
  const [background, foreground] = sums.map((sum, side) => (counts[side] === 0 ? null : sum / counts[side]!));
  return { background: background!, foreground: foreground!, object_share: counts[1]! / map.length };
}
