// Operators by name.
import type { OperatorCard } from './operator-card.ts';
import { OPERATORS } from './index.ts';

const byName: ReadonlyMap<string, OperatorCard> = new Map(OPERATORS.map((card) => [card.op, card]));

/** Names of all operators, to list and suggest. */
export const OPERATOR_NAMES: readonly string[] = [...byName.keys()];

export function findOperator(op: string): OperatorCard | undefined {
  return byName.get(op);
}
