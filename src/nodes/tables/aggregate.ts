// `aggregate`: joins the measurements of a whole sweep, per layer and per image. It measures nothing itself.
import { Type } from '@sinclair/typebox';
import type { Row } from '../../runtime/contracts/artifact.ts';
import { defineNode, type InputArtifact } from '../../runtime/contracts/define.ts';
import { fail } from '../../runtime/contracts/failure.ts';
import { checkAxes, describePoint } from '../kinds/axis-columns.ts';
import { concentrationKind } from '../kinds/concentration.ts';
import { sidImagesKind } from '../kinds/sid-images.ts';
import { sidKind } from '../kinds/sid.ts';
import { sigmaKind } from '../kinds/sigma.ts';

export const aggregate = defineNode({
  type: 'aggregate',
  version: 2,
  doc: `Joins the measurements of a sweep into one table with a row per point (say network and layer), in the order of the sweep, and one with a row per image.

Means are over images, \`_se\` columns are the standard errors of these means from the scatter of the images. Concentrations are matched to the points of the sweep by their axes; a point without one gets null.`,
  params: Type.Object({}, { additionalProperties: false }),
  inputs: {
    tables: { kind: sigmaKind, many: true, doc: 'Measurements, one table per point of the sweep.' },
    concentration: { kind: concentrationKind, many: true, optional: true, doc: 'Concentrations of the same points.' },
  },
  outputs: {
    table: { kind: sidKind, doc: 'One row per point of the sweep.' },
    images: { kind: sidImagesKind, doc: 'One row per point and image, with the map of the pixels.' },
  },
  light: true,
  examples: [
    `pipeline: two-layers
steps:
  training: { use: make-shapes, with: { count: 40, size: 16 } }
  test: { use: make-shapes, with: { count: 2, size: 16, offset: 40 } }
  network: { use: train-network, with: { architecture: small-conv, epochs: 1 }, from: { data: training } }
  tap: { use: tap-layer, from: { network: network }, each: { layer: [conv1, fc] } }
  delta: { use: estimate-delta-f2, from: { tap: tap, data: test } }
  sigma: { use: optimize-sigma, from: { tap: tap, delta: delta, data: test } }
  focus: { use: concentration, from: { sigma: sigma, data: test } }
  table: { use: aggregate, from: { tables: sigma, concentration: focus } }
`,
  ],
  async run(context) {
    const { meanAndError } = await import('../../math/mean-and-error.ts');
    const { tables, concentration = [] } = context.inputs;
    checkAxes(
      sidImagesKind,
      tables.map((table) => table.axes),
    );
    const summary: Row[] = [];
    const images: Row[] = [];
    for (const [done, table] of tables.entries()) {
      context.signal.throwIfAborted();
      const rows = await table.rows();
      if (rows.length === 0)
        fail({
          reason: 'empty-table',
          headline: `there are no measurements of ${describePoint(table.axes)}`,
          help: 'Measure at least one image.',
        });
      const focus = await concentrationsOf(table, concentration);
      const values = rows.map((row) => focus.get(row['index'] as number) ?? null);
      summary.push({ ...table.axes, ...summarise(rows, values, meanAndError) });
      images.push(...rows.map((row, i) => ({ ...table.axes, ...imageRow(row, values[i]!) })));
      context.progress(done + 1, tables.length, 'tables');
    }
    return { table: await context.table(sidKind, summary), images: await context.table(sidImagesKind, images) };
  },
});

/** Concentrations of a point by position of the image: those of the artifact that agrees on all axes both have. */
async function concentrationsOf(
  table: InputArtifact,
  concentrations: readonly InputArtifact[],
): Promise<ReadonlyMap<number, number | null>> {
  const fitting = concentrations.filter(({ axes }) =>
    Object.entries(axes).every(([name, value]) => (table.axes[name] ?? value) === value),
  );
  if (fitting.length > 1) {
    fail({
      reason: 'ambiguous-axes',
      headline: `several concentrations fit ${describePoint(table.axes)}`,
      values: { fitting: fitting.map(({ axes }) => describePoint(axes)).join('; ') },
      help: 'Compute the concentration from the step whose tables are joined, so that both have the same axes.',
    });
  }
  const rows = (await fitting[0]?.rows()) ?? [];
  return new Map(rows.map((row) => [row['index'] as number, row['concentration'] as number | null]));
}

type MeanAndError = (values: readonly number[]) => { readonly mean: number; readonly error: number };

/** Mean and its standard error; null where there is no value, or only one for the error. */
function spread(name: string, values: readonly (number | null)[], meanAndError: MeanAndError): Row {
  const known = values.filter((value): value is number => value !== null && !Number.isNaN(value));
  if (known.length === 0) return { [name]: null, [`${name}_se`]: null };
  const { mean, error } = meanAndError(known);
  return { [name]: mean, [`${name}_se`]: known.length === 1 ? null : error };
}

function summarise(rows: readonly Row[], concentrations: readonly (number | null)[], meanAndError: MeanAndError): Row {
  const column = (name: string): (number | null)[] => rows.map((row) => row[name] as number | null);
  const mean = (name: string): number | null => spread(name, column(name), meanAndError)[name] as number | null;
  const [first] = rows as [Row];
  return {
    ...spread('sid', column('sid'), meanAndError),
    sid_measurement_se: mean('sid_se'),
    ...spread('constraint_ratio', column('constraint_ratio'), meanAndError),
    capped: mean('capped'),
    uncovered: mean('uncovered'),
    floor: mean('floor'),
    gap: mean('gap'),
    ...spread('concentration', concentrations, meanAndError),
    concentration_images: concentrations.filter((value) => value !== null).length,
    images: rows.length,
    unconverged: rows.filter((row) => row['converged'] === false).length,
    method: first['method']!,
    grid: first['grid']!,
    units: 'nats/unit',
    alpha: first['alpha']!,
    delta_f2: mean('delta_f2'),
    evaluations: mean('evaluations'),
  };
}

const copied = [
  'image',
  'index',
  'sid',
  'sid_se',
  'gap',
  'constraint_ratio',
  'capped',
  'converged',
  'height',
  'width',
  'sid_map',
] as const;

function imageRow(row: Row, concentration: number | null): Row {
  return { ...Object.fromEntries(copied.map((name) => [name, row[name]!])), concentration };
}
