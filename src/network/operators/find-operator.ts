// Lookup of operators by name.
import type { OperatorCard } from './operator-card.ts';
import { OPERATORS } from './index.ts';

const byName: ReadonlyMap<string, OperatorCard> = new Map(OPERATORS.map((card) => [card.op, card]));

/** Names of all operators, for lists and suggestions. */
export const OPERATOR_NAMES: readonly string[] = [...byName.keys()];

export function findOperator(op: string): OperatorCard | undefined {
  return byName.get(op);
}
