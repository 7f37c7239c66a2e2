// Failures of tasks: what stops a node while it is carried out, in this process or in a worker.
import { formatBytes } from '../byte-size.ts';
import type { Words } from '../words.ts';

const BOUND =
  'Bound it with --memory (half of what the machine has is a good try), or run fewer tasks at the same time with --jobs.';

export const workersFailures = {
  /** A step took longer than its `timeout`. */
  timeout: ({ node, seconds }: TimedOut): Words => ({
    headline: `${node} was stopped after ${seconds} s`,
    values: { node, 'timeout (s)': seconds },
    help: 'Give the step a longer `timeout:` if it needs one; finished items are cached.',
  }),
  /** A worker did not get as far as the node's own code. */
  'loading-timeout': ({ node, seconds }: TimedOut): Words => ({
    headline: `the code of ${node} was not loaded within ${seconds} s`,
    values: { node, 'limit (s)': seconds },
    help: 'A node file must not wait for anything while it is imported (a top-level await); the `timeout:` of the step does not count here.',
  }),
  /** A worker process ended by itself. `ended` is its exit code or signal, `lines` the last ones it printed. */
  'worker-died': (data: WorkerEnded): Words => ({
    headline: `the worker process of ${data.node} died (${data.ended})`,
    values: endedValues(data),
    help:
      data.ended === 'signal SIGKILL'
        ? `Another program killed the process: often the system, when memory runs out. ${BOUND}`
        : 'Run again to retry: finished steps and items are cached.',
  }),
  /** A worker process ended because it got no more memory. */
  'out-of-memory': (data: WorkerEnded): Words => ({
    headline: `the worker process of ${data.node} ran out of memory`,
    values: endedValues(data),
    help: `${BOUND} If the step still needs more by itself, let it handle fewer items or probes at a time.`,
  }),
  /** A node returned or emitted something that does not match its declaration. */
  'bad-output': ({ node, problem, ...values }: BadOutput): Words => ({
    headline: badOutputHeadline(node, problem, values),
    values: { node, ...values },
    help: 'Fix the node: what it hands over does not match what it declares.',
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
  /** Bytes: the largest resident set seen. */
  readonly peak?: number;
  readonly lines?: readonly string[];
}

/** `message` is the reason why a value cannot be stored, `left` the number of items without a result. */
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
  readonly message?: string;
  readonly item?: string;
  readonly left?: number;
}

function endedValues({ node, ended, peak, lines = [] }: WorkerEnded): Record<string, string> {
  return {
    node,
    ended,
    ...(peak === undefined ? {} : { 'memory last seen': formatBytes(peak) }),
    ...(lines.length > 0 ? { 'last lines': lines.slice(-5).join('\n') } : {}),
  };
}

function badOutputHeadline(node: string, problem: BadOutput['problem'], values: Partial<BadOutput>): string {
  const { output = '', kind = '', declared = '', message = '', item = '' } = values;
  return {
    nothing: `${node} returned no outputs`,
    missing: `${node} did not return its output ${output}`,
    undeclared: `${node} returned ${output}, which it does not declare`,
    'other kind': `${node} returned an artifact of kind ${kind} as ${output}, which is declared ${declared}`,
    'not stored': `${node} returned an output ${output} that it never stored`,
    'other codec': `${node} wrote the kind ${kind} in another form than its codec, ${declared}`,
    unstorable: `${node} made a value of kind ${kind} that cannot be stored: ${message}`,
    'item twice': `${node} emitted item ${item} twice, or an item it was not given`,
    'item missing': `${node} returned without a result for item ${item}`,
  }[problem];
}
