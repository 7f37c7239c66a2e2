// Failures of tasks: everything that stops a node, in this process or in a worker process.
import { formatBytes } from '../byte-size.ts';
import type { Words } from '../words.ts';

const BOUND =
  "Bound the memory with --memory (half of the machine's memory is a good first value), or run fewer tasks at a time with --jobs.";

export const workersFailures = {
  /** A step took longer than its `timeout`. */
  timeout: ({ node, seconds }: TimedOut): Words => ({
    headline: `${node} was stopped after ${seconds} s`,
    values: { node, 'timeout (s)': seconds },
    help: 'Give the step a longer `timeout:` if needed; finished items are cached.',
  }),
  /** A worker did not finish importing the code of a node in time. */
  'loading-timeout': ({ node, seconds }: TimedOut): Words => ({
    headline: `the code of ${node} was not loaded within ${seconds} s`,
    values: { node, 'limit (s)': seconds },
    help: 'A node file must not wait (top-level await) while it is imported. The `timeout:` of the step does not apply here.',
  }),
  /**
   * A worker process ended unexpectedly. `ended` is its exit code or signal, `lines` are the last lines of its output.
   */
  'worker-died': (data: WorkerEnded): Words => ({
    headline: `the worker process of ${data.node} died (${data.ended})`,
    values: endedValues(data),
    help:
      data.ended === 'signal SIGKILL'
        ? `Another program killed the process; often it is the system, when memory runs out. ${BOUND}`
        : 'Run again to retry: finished steps and items are cached.',
  }),
  /** A worker process ended because it could not allocate memory. */
  'out-of-memory': (data: WorkerEnded): Words => ({
    headline: `the worker process of ${data.node} ran out of memory`,
    values: endedValues(data),
    help: `${BOUND} If one step alone needs too much, let it process fewer items or probes at a time.`,
  }),
  /** A node returned or emitted something that does not match its declaration. */
  'bad-output': ({ node, problem, ...values }: BadOutput): Words => ({
    headline: badOutputHeadline(node, problem, values),
    values: { node, ...values },
    help: 'Fix the node: its outputs do not match its declaration.',
  }),
  /** A node file does not define the node type that the pipeline names. */
  'no-such-node-in-file': ({ file, node }: { readonly file: string; readonly node: string }): Words => ({
    headline: `${file} does not define the node type ${node}`,
    values: { file, node },
    help: 'The file changed since the pipeline was checked: run again.',
  }),
} as const;

export interface TimedOut {
  readonly node: string;
  readonly seconds: number;
}

export interface WorkerEnded {
  readonly node: string;
  readonly ended: string;
  /** Largest resident set that was measured, in bytes. */
  readonly peak?: number;
  readonly lines?: readonly string[];
}

/** A value that a node must not return. */
export interface BadOutput {
  readonly node: string;
  readonly problem:
    | 'nothing'
    | 'missing'
    | 'undeclared'
    | 'other kind'
    | 'not stored'
    | 'other codec'
    | 'unstorable'
    | 'item twice'
    | 'item missing';
  readonly output?: string;
  readonly kind?: string;
  readonly declared?: string;
  /** Reason why the value cannot be stored. */
  readonly message?: string;
  /** Position of the item concerned. */
  readonly item?: string;
  /** Number of items without a result. */
  readonly left?: number;
}

function endedValues({ node, ended, peak, lines = [] }: WorkerEnded): Record<string, string> {
  return {
    node,
    ended,
    ...(peak === undefined ? {} : { 'largest memory seen': formatBytes(peak) }),
    ...(lines.length > 0 ? { 'last lines': lines.slice(-5).join('\n') } : {}),
  };
}

function badOutputHeadline(node: string, problem: BadOutput['problem'], values: Partial<BadOutput>): string {
  const { output = '', kind = '', declared = '', message = '', item = '' } = values;
  return {
    nothing: `${node} returned no outputs`,
    missing: `${node} did not return its output ${output}`,
    undeclared: `${node} returned ${output}, which it does not declare`,
    'other kind': `${node} returned an artifact of kind ${kind} as ${output}, which is declared as ${declared}`,
    'not stored': `${node} returned an output ${output} that it never stored`,
    'other codec': `${node} wrote the kind ${kind}, whose codec is ${declared}, with the writer of another codec`,
    unstorable: `${node} made a value of kind ${kind} that cannot be stored: ${message}`,
    'item twice': `${node} emitted rows for item ${item}, which it had emitted already or was not given`,
    'item missing': `${node} returned without a result for item ${item}`,
  }[problem];
}
