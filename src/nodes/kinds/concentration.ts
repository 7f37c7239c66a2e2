// The kind `concentration`: Eq. 6 of the paper, image by image.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import type { Columns } from '../../runtime/contracts/artifact.ts';
import { measurementKind } from './measurement.ts';

export const concentrationKind = defineKind({
  name: 'concentration',
  doc: 'Background against object in the map of a metric, per image that has a mask (Eq. 6). Values in the unit of the map; negative ones are kept.',
  codec: 'table',
  is: measurementKind,
  columns: {
    ...measurementKind.columns,
    concentration: {
      type: 'float64',
      over: 'mean',
      nullable: true,
      doc: 'Mean of the map over the background minus its mean over the object (Eq. 6); null where the mask leaves one of them empty.',
    },
    background: { type: 'float64', nullable: true, doc: 'Mean of the map over the background.' },
    foreground: { type: 'float64', nullable: true, doc: 'Mean of the map over the object.' },
    object_share: { type: 'float64', unit: '1', doc: 'Share of the pixels that are on the object.' },
  },
});

/** Columns of a table of concentrations whose maps have the given unit. */
export function concentrationColumns(unit: string | undefined): Columns {
  if (unit === undefined) return concentrationKind.columns;
  const columns = Object.entries<Columns[string]>(concentrationKind.columns);
  const isOfMap = (name: string): boolean => ['concentration', 'background', 'foreground'].includes(name);
  return Object.fromEntries(columns.map(([name, column]) => [name, isOfMap(name) ? { ...column, unit } : column]));
}
