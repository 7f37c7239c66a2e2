// Views: a view displays or records a run from its events alone. Several views can watch one run.
import type { LetheEvent, RunFinished } from './events.ts';

export interface View {
  /** Handles one event; events arrive in the order in which they happen. It must not throw, and must not block. */
  onEvent(event: LetheEvent): void;
  /** Called once, after the last event. `finished` is undefined if the run could not start. */
  close(finished: RunFinished | undefined): Promise<void> | void;
}

/** Combines views into one. It forwards every event to each view, and closes every view even if one fails to close. */
export function several(views: readonly View[]): View {
  return {
    onEvent(event) {
      for (const view of views) view.onEvent(event);
    },
    async close(finished) {
      const closed = await Promise.allSettled(views.map(async (view) => view.close(finished)));
      for (const one of closed) if (one.status === 'rejected') throw one.reason;
    },
  };
}
