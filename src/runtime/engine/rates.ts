// Rates: the time and memory that steps took in earlier runs, by node type. They serve to estimate steps that have no
// result of their own. There is one small document per node type. Only estimates depend on these documents, so two
// simultaneous runs may overwrite each other's measurements.
import type { Step } from '../contracts/graph.ts';
import { digestParams } from '../contracts/keys.ts';
import type { StepCost, Store } from '../store/store.ts';

/** A computed step with its cost. */
export interface Measured {
  readonly step: Step;
  readonly cost: StepCost;
}

/** Total cost of the steps of one run that have the same node type and parameters. */
export interface Rate {
  /** Digest of the parameters. */
  readonly params: string;
  readonly steps: number;
  /** Seconds and items, summed over the steps. `memory` is the largest resident set of a worker, in bytes. */
  readonly seconds: number;
  readonly items?: { readonly computed: number; readonly all: number };
  readonly memory?: number;
}

interface RatesDocument {
  /** Rates, newest first, one per set of parameters. */
  readonly rates: readonly Rate[];
}

const MOST_RATES = 32;

/**
 * True if a cost can be used for estimates. The cost of a step that maps over items counts only if some items were
 * computed.
 */
export function isTelling(step: Step, cost: StepCost): boolean {
  return step.items === undefined || (cost.items?.computed ?? 0) > 0;
}

/** Stores the costs of the steps of a run, summed by node type and parameters. */
export async function keepRates(store: Store, measured: readonly Measured[]): Promise<void> {
  if (store.readOnly) return;
  const byNode = new Map<string, Map<string, Rate>>();
  for (const { step, cost } of measured) {
    if (!isTelling(step, cost)) continue;
    let rates = byNode.get(step.node);
    if (!rates) byNode.set(step.node, (rates = new Map<string, Rate>()));
    const params = digestParams(step.params);
    rates.set(params, joined(rates.get(params), { params, steps: 1, ...pick(cost) }));
  }
  const writes = [...byNode].map(([node, news]) => {
    const old = readRates(store, node).filter(({ params }) => !news.has(params));
    const document: RatesDocument = { rates: [...news.values(), ...old].slice(0, MOST_RATES) };
    return store.setDoc('rates', node, document);
  });
  await Promise.all(writes);
}

/** Reads the costs of the steps of a node type in earlier runs, newest first. Empty if there are none. */
export function readRates(store: Store, node: string): readonly Rate[] {
  return store.doc<RatesDocument>('rates', node)?.rates ?? [];
}

function pick({ seconds, items, memory }: StepCost): Pick<Rate, 'seconds' | 'items' | 'memory'> {
  return { seconds, ...(items ? { items } : {}), ...(memory === undefined ? {} : { memory }) };
}

function joined(a: Rate | undefined, b: Rate): Rate {
  if (!a) return b;
  const memory = Math.max(a.memory ?? 0, b.memory ?? 0);
  return {
    params: b.params,
    steps: a.steps + b.steps,
    seconds: a.seconds + b.seconds,
    ...(a.items && b.items
      ? { items: { computed: a.items.computed + b.items.computed, all: a.items.all + b.items.all } }
      : {}),
    ...(memory > 0 ? { memory } : {}),
  };
}
