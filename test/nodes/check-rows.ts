// Holds the rows of a table to the declaration of their kind.
import type { Cell, Column, Kind, Row } from '../../src/runtime/contracts/artifact.ts';

function fits(cell: Cell, column: Column): boolean {
  switch (column.type) {
    case 'utf8':
      return typeof cell === 'string';
    case 'bool':
      return typeof cell === 'boolean';
    case 'int32':
      return typeof cell === 'number' && Number.isInteger(cell) && Math.abs(cell) < 2 ** 31;
    case 'float64':
      return typeof cell === 'number';
    case 'float32[]':
      return cell instanceof Float32Array;
  }
}

/** Throws where a row lacks a column, has one too many (unless the kind takes axes), or a cell is of another type. */
export function checkRows(kind: Kind, rows: readonly Row[]): void {
  if (!kind.columns) throw new Error(`kind ${kind.name} has no columns`);
  rows.forEach((row, i) => {
    for (const [name, column] of Object.entries(kind.columns ?? {})) {
      const cell = row[name];
      if (cell === undefined) throw new Error(`row ${i} of ${kind.name} lacks ${name}`);
      if (cell === null ? !column.nullable : !fits(cell, column)) {
        throw new Error(
          `row ${i} of ${kind.name}: ${name} is ${String(cell)}, declared ${column.type}${column.nullable ? ' or null' : ''}`,
        );
      }
    }
    const extra = Object.keys(row).filter((name) => !kind.columns?.[name]);
    if (extra.length && !kind.axes)
      throw new Error(`row ${i} of ${kind.name} has undeclared columns ${extra.join(', ')}`);
    const first = Object.keys(rows[0] ?? {}).filter((name) => !kind.columns?.[name]);
    if (extra.join() !== first.join())
      throw new Error(`row ${i} of ${kind.name} has axes ${extra.join(', ')}, row 0 ${first.join(', ')}`);
  });
}
