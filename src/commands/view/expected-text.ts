// Texts for estimates of time and memory, rounded according to their accuracy.
import type { ExpectedRun } from '../../runtime/engine/expect.ts';
import type { Expected, PlannedStep } from '../../runtime/engine/planned-step.ts';
import { formatBytes, formatSeconds } from './format-number.ts';

const SOURCES = {
  step: 'as last time',
  params: 'from steps with equal parameters',
  node: 'from other steps of this node type',
} as const;

/** Text such as `about 12 s (4 items at 3 s), 412.0 MiB, as last time`; `?` if nothing similar was measured before. */
export function describeExpected({ expected }: Pick<PlannedStep, 'expected'>): string {
  if (expected === undefined) return '? (no earlier measurement)';
  const { seconds, memory, from } = expected;
  const items = describeItems(expected);
  const parts = [`about ${formatSeconds(seconds)}${items === '' ? '' : ` (${items})`}`];
  if (memory !== undefined) parts.push(formatBytes(memory));
  return `${parts.join(', ')}, ${SOURCES[from]}`;
}

function describeItems({ seconds, items }: Expected): string {
  if (items === undefined) return '';
  const { count, known } = items;
  const each = count === 0 ? '' : ` at ${formatSeconds(seconds / count)}`;
  return `${count} ${count === 1 ? 'item' : 'items'}${each}${known ? '' : ', if as many'}`;
}

/**
 * One line for the whole run. `likely` covers the steps certain to be computed, `most` also all steps that depend on
 * them.
 */
export function describeRun(likely: ExpectedRun, most: ExpectedRun, jobs: number): string {
  const unmeasured = `${most.unmeasured} ${most.unmeasured === 1 ? 'step has' : 'steps have'} no earlier measurement`;
  if (most.seconds === 0 && most.unmeasured > 0) return `expected: ?; ${unmeasured}`;
  const time =
    most.seconds > likely.seconds
      ? `about ${formatSeconds(likely.seconds)}, up to ${formatSeconds(most.seconds)} if all dependent steps are computed too`
      : `about ${formatSeconds(likely.seconds)}`;
  const held = most.memory * most.workers;
  const parts = [`${time}, with ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`];
  if (held > 0)
    parts.push(
      most.workers === 1
        ? `memory up to ${formatBytes(held)} in one worker`
        : `memory up to ${formatBytes(held)}: ${most.workers} workers of ${formatBytes(most.memory)}`,
    );
  if (most.unmeasured > 0) parts.push(unmeasured);
  return `expected: ${parts.join('; ')}`;
}
