// Estimates time and memory: of a step from the cost of earlier results, of a whole run from the estimates of its
// steps.
import type { Step } from '../contracts/graph.ts';
import { digestParams } from '../contracts/keys.ts';
import type { Store } from '../store/store.ts';
import type { Expected, MeasuredFrom, PlannedStep } from './planned-step.ts';
import type { Rate } from './rates.ts';
import { isTelling, readRates } from './rates.ts';
import { isLight } from './run-state.ts';
import { edgesOf } from './select-steps.ts';
import type { Trace } from './traces.ts';

/**
 * Returns a function that estimates the time and memory of a planned step that is not cached. The function returns
 * undefined if no similar step was measured before.
 */
export function expectationsFrom(store: Store, trace: Trace): (planned: PlannedStep) => Expected | undefined {
  const rates = new Map<string, readonly Rate[]>();
  const ratesOf = (node: string): readonly Rate[] => {
    const known = rates.get(node) ?? readRates(store, node);
    rates.set(node, known);
    return known;
  };
  return (planned) => {
    const found = ownRate(planned.step, trace) ?? nearestRate(planned.step, ratesOf(planned.step.node));
    return found && expectedOf(planned, ...found);
  };
}

type Found = readonly [Pick<Rate, 'steps' | 'seconds' | 'items' | 'memory'>, MeasuredFrom];

function ownRate(step: Step, trace: Trace): Found | undefined {
  const last = trace.previous(step);
  if (!last?.cost || last.action.node !== step.node || !isTelling(step, last.cost)) return undefined;
  return [{ steps: 1, ...last.cost }, 'step'];
}

function nearestRate(step: Step, rates: readonly Rate[]): Found | undefined {
  if (rates.length === 0) return undefined;
  const params = digestParams(step.params);
  const same = rates.find((rate) => rate.params === params);
  const [newest] = rates;
  return same ? [same, 'params'] : newest && [newest, 'node'];
}

function expectedOf({ step, itemsMissing }: PlannedStep, rate: Found[0], from: MeasuredFrom): Expected {
  const memory = rate.memory === undefined ? {} : { memory: rate.memory };
  if (!step.items || !rate.items) return { seconds: rate.seconds / rate.steps, ...memory, from };
  const count = itemsMissing ?? Math.round(rate.items.all / rate.steps);
  const seconds = (count * rate.seconds) / rate.items.computed;
  return { seconds, items: { count, known: itemsMissing !== undefined }, ...memory, from };
}

/** Expected time and memory of a whole run. */
export interface ExpectedRun {
  /** Expected wall-clock time of the steps that have an estimate, in seconds. */
  readonly seconds: number;
  /** Largest expected resident set of a worker process in bytes; zero if no worker is needed or nothing is known. */
  readonly memory: number;
  /** Number of workers that can be busy at the same time. */
  readonly workers: number;
  /** Number of steps without an estimate. */
  readonly unmeasured: number;
}

/**
 * Estimates a run in which `jobs` workers compute the steps for which `running` is true. The expected time is the time
 * of the longest chain of dependent steps, or all work divided by `jobs`, whichever is larger.
 */
export function expectRun(
  steps: readonly PlannedStep[],
  running: (planned: PlannedStep) => boolean,
  jobs: number,
): ExpectedRun {
  const ends = new Map<string, number>();
  let work = 0;
  let longest = 0;
  let memory = 0;
  let widest = 0;
  let unmeasured = 0;
  for (const planned of steps) {
    const { step, expected } = planned;
    const runs = running(planned);
    if (runs && !expected) unmeasured += 1;
    const lanes = lanesOf(step, expected, jobs);
    const length = runs && expected ? expected.seconds / lanes : 0;
    const end = edgesOf(step).reduce((last, edge) => Math.max(last, ends.get(edge.step) ?? 0), 0) + length;
    ends.set(step.name, end);
    longest = Math.max(longest, end);
    if (!runs || !expected || isLight(step)) continue;
    work += expected.seconds;
    memory = Math.max(memory, expected.memory ?? 0);
    widest += lanes;
  }
  const seconds = Math.max(work / jobs, longest);
  return { seconds, memory, workers: Math.min(jobs, widest), unmeasured };
}

/** Number of workers that a step can use: one per batch, up to `jobs`, if its node maps over items; else one. */
function lanesOf({ items }: Step, expected: Expected | undefined, jobs: number): number {
  const count = expected?.items?.count ?? 0;
  if (!items || count === 0) return 1;
  const batch = Math.max(1, Math.min(items.batch, Math.ceil(count / jobs)));
  return Math.min(jobs, Math.ceil(count / batch));
}
