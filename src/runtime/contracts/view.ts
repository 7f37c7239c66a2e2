// Views: a view shows or keeps what happens in a run, from its events alone. Several can watch one run.
import type { LetheEvent, RunFinished } from './events.ts';

export interface View {
  /** Takes one event, in the order in which they happen. Must not throw, and must not wait. */
  onEvent(event: LetheEvent): void;
  /** Called once, after the last event. `finished` is undefined where the run could not begin. */
  close(finished: RunFinished | undefined): Promise<void> | void;
}

/** One view that passes everything on to `views`, in their order. Closes all of them, also where one fails to close. */
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
