// What steps took in earlier runs, by node type: what a plan expects of steps that have no result of their own to go by. One small
// document per node type; nothing but estimates depends on it, so that two runs at once may overwrite each other's measures.
import type { Step } from '../contracts/graph.ts';
import { digestParams } from '../contracts/keys.ts';
import type { StepCost, Store } from '../store/store.ts';

/** A step that was computed, and what it took. */
export interface Measured {
  readonly step: Step;
  readonly cost: StepCost;
}

/** What the steps of one run with equal node type and params took, all together. */
export interface Rate {
  /** Digest of the params. */
  readonly params: string;
  readonly steps: number;
  /** As in `StepCost`, summed over the steps; of memory the largest. */
  readonly seconds: number;
  readonly items?: { readonly computed: number; readonly all: number };
  readonly memory?: number;
}

interface RatesDocument {
  /** The last ones, newest first, one for each set of params. */
  readonly rates: readonly Rate[];
}

const KEPT = 32;

/** Whether the cost says how long steps of this kind take: a step over items says so only if it computed some. */
export function isTelling(step: Step, cost: StepCost): boolean {
  return step.items === undefined || (cost.items?.computed ?? 0) > 0;
}

/** Remembers what the steps of a run took. */
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
    const document: RatesDocument = { rates: [...news.values(), ...old].slice(0, KEPT) };
    return store.setDoc('rates', node, document);
  });
  await Promise.all(writes);
}

/** Newest first. */
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
