// The contract of views, as tests for every implementation: a view receives the events of real runs in their order, and
// shows all parts of a failure that are meant for people.
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/runtime/contracts/artifact.ts';
import type { LetheEvent, NewEvent, RunFinished } from '../../../src/runtime/contracts/events.ts';
import { failure } from '../../../src/runtime/contracts/failure.ts';
import type { View } from '../../../src/runtime/contracts/view.ts';

/** An open view, and a function that returns everything it has shown or stored. */
export interface OpenedView {
  readonly view: View;
  readonly shown: () => string | Promise<string>;
}

const DIGEST = 'c'.repeat(64) as Digest;
const START = 1_700_000_000_000;
const timed = (events: readonly NewEvent[]): LetheEvent[] =>
  events.map((event, i): LetheEvent => ({ ...event, at: START + 40 * i }));

const LATE = failure('timeout', { node: 'train', seconds: 2 }, { step: 'model' });

/**
 * Events of a run: two steps run, one of them fails, its dependent step is skipped in the same turn, the other one
 * continues.
 */
export const EVENTS: readonly LetheEvent[] = timed([
  { event: 'run-started', run: 'r', pipeline: 'p', steps: 5 },
  { event: 'step-finished', step: 'data', status: 'cached', seconds: 0, outputs: { digest: DIGEST, path: null } },
  { event: 'step-started', step: 'model', node: 'train', reason: 'no earlier result' },
  { event: 'step-started', step: 'sigma', node: 'scale', reason: 'param /alpha: 1 -> 2', items: 4 },
  { event: 'step-progress', step: 'sigma', done: 1, total: 4, unit: 'items', worker: 'worker 7' },
  { event: 'warning', step: 'sigma', message: 'blob abc is damaged', worker: 'worker 7' },
  { event: 'warning', message: 'memory is enough for 1 of 2 worker processes' },
  { event: 'step-finished', step: 'model', status: 'failed', seconds: 2, failure: LATE, workers: ['worker 8'] },
  { event: 'step-finished', step: 'after', status: 'skipped', seconds: 0 },
  { event: 'step-progress', step: 'sigma', done: 4, total: 4, unit: 'items', worker: 'worker 7' },
  {
    event: 'step-finished',
    step: 'sigma',
    status: 'computed',
    seconds: 3,
    items: { computed: 4, cached: 0 },
    workers: ['worker 7'],
    memory_bytes: 2 ** 20,
    outputs: { digest: DIGEST, path: '/cache/x', others: { images: { digest: DIGEST, path: null } } },
    unchanged: true,
  },
]);

export const FINISHED: RunFinished = {
  event: 'run-finished',
  at: START + 5000,
  computed: 1,
  items_computed: 4,
  cached: 1,
  failed: 1,
  skipped: 1,
  interrupted: false,
  outputs: { sigma: { digest: DIGEST, path: '/cache/x' } },
};

/**
 * Tests a view. `open` opens it for a run of the pipeline `p`; `showsFailures` is false for a view that does not show
 * failures.
 */
export function viewContract(
  name: string,
  open: () => OpenedView | Promise<OpenedView>,
  { showsFailures = true } = {},
): void {
  describe(`${name} as a view`, () => {
    it('takes all events of a run in their order, and closes', async () => {
      const { view } = await open();
      for (const event of EVENTS) view.onEvent(event);
      view.onEvent(FINISHED);
      await view.close(FINISHED);
    });

    it.runIf(showsFailures)(
      'shows a failure with its headline, values and help, once, whatever happens next',
      async () => {
        const { view, shown } = await open();
        for (const event of EVENTS) view.onEvent(event);
        await view.close(FINISHED);
        const text = await shown();
        const values = Object.values(LATE.values ?? {}).map(String);
        for (const part of [LATE.headline, ...values, LATE.help ?? '']) expect(text).toContain(part);
        expect(text.split(LATE.headline)).toHaveLength(2);
      },
    );

    it('shows nothing more once it is closed', async () => {
      const { view, shown } = await open();
      for (const event of EVENTS.slice(0, 6)) view.onEvent(event);
      await view.close(undefined);
      const before = await shown();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await shown()).toBe(before);
    });
  });
}
