// The kind `concentration`: Eq. 6 of the paper, image by image.
import { defineKind } from '../../runtime/contracts/artifact.ts';
import type { Columns } from '../../runtime/contracts/artifact.ts';
import { measurementKind } from './measurement.ts';

export const concentrationKind = defineKind({
  name: 'concentration',
  doc: 'Mean of the map of a metric over the background minus its mean over the object, for every image with a mask (Eq. 6). Values are in the unit of the map; negative values are kept.',
  codec: 'table',
  is: measurementKind,
  columns: {
    ...measurementKind.columns,
    concentration: {
      type: 'float64',
      over: 'mean',
      nullable: true,
      doc: 'Mean of the map over the background minus its mean over the object (Eq. 6); null if the mask leaves one of the two areas empty.',
    },
    background: { type: 'float64', nullable: true, doc: 'Mean of the map over the background; null if there is none.' },
    foreground: {
      type: 'float64',
      nullable: true,
      doc: 'Mean of the map over the object; null if there is no object.',
    },
    object_share: { type: 'float64', unit: '1', doc: 'Share of the pixels that are on the object.' },
  },
});

/**
 * Returns the columns of a table of concentrations for maps with this unit; undefined means that the maps declare no
 * unit.
 */
export function concentrationColumns(unit: string | undefined): Columns {
  if (unit === undefined) return concentrationKind.columns;
  const columns = Object.entries<Columns[string]>(concentrationKind.columns);
  const isOfMap = (name: string): boolean => ['concentration', 'background', 'foreground'].includes(name);
  return Object.fromEntries(columns.map(([name, column]) => [name, isOfMap(name) ? { ...column, unit } : column]));
}
