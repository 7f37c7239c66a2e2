// Node type `concentration`: Eq. 6 for the maps of a metric and the object masks of the images. The formula is in
// math/concentration.ts.
import { Type } from '@sinclair/typebox';
import type { Columns, Row, Table } from '../../runtime/contracts/artifact.ts';
import { defineNode } from '../../runtime/contracts/define.ts';
import { fail, failure } from '../../runtime/contracts/failure.ts';
import { concentrationColumns, concentrationKind } from '../kinds/concentration.ts';
import { datasetKind, readDataset, type DatasetItem } from '../kinds/dataset.ts';
import { measurementKind } from '../kinds/measurement.ts';

export const concentration = defineNode({
  type: 'concentration',
  version: 2,
  doc: `Measures whether a layer discards the background rather than the object: mean of a metric's map (for SID: H_i) over the background minus its mean over the object (Eq. 6), image by image.

Images without a mask get no row. If a mask covers all pixels or none, the value is null, and a warning gives the number of such images. Negative values are not removed, because that would bias every mean.`,
  params: Type.Object({}, { additionalProperties: false }),
  inputs: {
    sigma: { kind: measurementKind, doc: 'A metric with a map of every image, for example the pixel-level SID.' },
    data: { kind: datasetKind, doc: 'The same images, with masks.' },
  },
  outputs: {
    concentration: {
      kind: concentrationKind,
      doc: 'One row per image with a mask.',
      columns: ({ sigma: [measured = {}] = [] }) => concentrationColumns(measured[mapColumn(measured) ?? '']?.unit),
    },
  },
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
  check({ inputs: { sigma } }) {
    if (sigma?.columns === undefined || mapColumn(sigma.columns) !== undefined) return [];
    return [{ ...failure('no-map', { of: sigma.node }), port: 'sigma' }];
  },
  async run(context) {
    const { concentration: measure } = await import('../../math/concentration.ts');
    const { data, sigma } = context.inputs;
    const { items } = await readDataset(data);
    const table = await sigma.table();
    const name = mapColumn(table.columns) ?? fail(failure('no-map', { of: sigma.kind }));
    const rows: Row[] = [];
    let undefinedOnes = 0;
    for (const measured of mappedImages(table, name)) {
      const item = itemOf(items, measured);
      if (item.mask === undefined) continue;
      const mask = await data.blob(item.mask);
      const map = mapOf(measured, item);
      const value = measure(map, mask);
      if (value === undefined) undefinedOnes += 1;
      rows.push({ image: item.id, index: measured.index, concentration: value ?? null, ...meansOf(map, mask) });
    }
    if (undefinedOnes > 0)
      context.warn(
        `${undefinedOnes} of ${rows.length} masks cover all pixels or none: their concentration is undefined (null)`,
      );
    const kind = { ...concentrationKind, columns: concentrationColumns(table.columns[name]?.unit) };
    return { concentration: await context.table(kind, rows) };
  },
});

/** Returns the name of the column with the map over the pixels; undefined if there is no such column. */
function mapColumn(columns: Columns): string | undefined {
  return Object.keys(columns).find((name) => columns[name]?.map === true);
}

interface MappedImage {
  readonly image: string;
  readonly index: number;
  readonly height: number;
  readonly width: number;
  readonly map: Float32Array;
}

function mappedImages(table: Table, name: string): readonly MappedImage[] {
  const [image, index, height, width, map] = ['image', 'index', 'height', 'width', name].map((one) => table.cells(one));
  return Array.from({ length: table.length }, (_, row) => ({
    image: image![row] as string,
    index: index![row] as number,
    height: height![row] as number,
    width: width![row] as number,
    map: map![row] as Float32Array,
  }));
}

/**
 * Returns the data set item of a row. The item is found by position, because images with equal pixels may have
 * different masks. Its digest must match the row.
 */
function itemOf(items: readonly DatasetItem[], { image, index }: MappedImage): DatasetItem {
  const item = items[index];
  if (item?.id === image) return item;
  return fail(
    failure('other-images', { position: index, measured: image, ...(item === undefined ? {} : { found: item.id }) }),
  );
}

function mapOf({ height, width, map }: MappedImage, item: DatasetItem): Float32Array {
  if (height === item.height && width === item.width) return map;
  const data = { image: item.name, mask: `${item.width} x ${item.height}`, map: `${width} x ${height}` };
  return fail(failure('map-size', data));
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
