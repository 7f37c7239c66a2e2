// Parts common to all tasks of a step: the data sent to the worker, the reports that become events, and the deadline.
import { Deadline } from '../workers/deadline.ts';
import type { TaskOptions } from '../workers/executor.ts';
import type { StepTask, TaskHooks } from '../workers/task.ts';
import type { Engine } from './engine.ts';
import { inputsOf } from './run-state.ts';
import type { StepState } from './run-state.ts';

export function taskBase(engine: Engine, state: StepState): Omit<StepTask, 'kind' | 'key'> {
  const { step } = state;
  const module = step.module === undefined ? undefined : engine.run.graph.modules[step.module]?.path;
  return {
    step: step.name,
    node: step.node,
    ...(module === undefined ? {} : { module }),
    params: step.params,
    files: Object.fromEntries(step.files.map((file) => [file.pointer, file.path])),
    inputs: inputsOf(engine.run, state),
    ...(engine.shares === undefined ? {} : { memory: engine.shares.task }),
  };
}

/** Hooks of one task, which convert its reports to events. */
export function hooksOf(engine: Engine, state: StepState): TaskHooks {
  const step = state.step.name;
  let place: { readonly worker?: string } = {};
  return {
    started: (worker) => void (place = { worker }),
    progress: (done, total, unit) => engine.emit({ event: 'step-progress', step, done, total, unit, ...place }),
    warn: (message) => engine.emit({ event: 'warning', step, message, ...place }),
    item: () => undefined,
  };
}

/** Options with the time limit of a step, shared by all of its tasks. */
export function deadlineOf({ step }: StepState): TaskOptions {
  return step.timeout === undefined ? {} : { deadline: new Deadline(step.timeout) };
}
