// `lethe setup`: installs the native TensorFlow backend, or the webgpu backend.
import type { OnSetup } from '../setup/setup-event.ts';
import { failure } from '../runtime/contracts/failure.ts';
import type { Result } from '../runtime/contracts/failure.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

interface Done {
  readonly value: object;
  readonly says: string;
}
type Setup = (options: { readonly signal: AbortSignal; readonly onProgress: OnSetup }) => Promise<Result<Done>>;

export async function setup(args: Arguments, screen: Screen): Promise<number> {
  if (args.switches.has('webgpu') && args.switches.has('gpu')) {
    return screen.fail([failure('two-setups', { options: ['--gpu', '--webgpu'] })], 2);
  }
  const run = args.switches.has('webgpu') ? webgpu : tensorflow(args.switches.has('gpu'));
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  const done = await run({
    signal: abort.signal,
    onProgress: (event) => (screen.json ? screen.line(event) : screen.note(event.message)),
  });
  process.off('SIGINT', stop);
  if (abort.signal.aborted) return 130;
  if (!done.ok) return screen.fail(done.failures, 1);
  if (screen.json) screen.line({ event: 'setup-finished', ...done.value.value });
  else screen.print(done.value.says);
  return 0;
}

const readiness = (built: boolean): string => (built ? 'is ready' : 'was already installed');

function tensorflow(gpu: boolean): Setup {
  return async (options) => {
    const { setupTensorflow } = await import('../setup/setup-tensorflow.ts');
    const done = await setupTensorflow({ ...options, gpu });
    if (!done.ok) return done;
    const { built, folder, version } = done.value;
    return { ok: true, value: { value: done.value, says: `tensorflow ${version} ${readiness(built)}: ${folder}` } };
  };
}

const webgpu: Setup = async (options) => {
  const { setupWebgpu } = await import('../setup/setup-webgpu.ts');
  const done = await setupWebgpu(options);
  if (!done.ok) return done;
  const { built, folder, version, adapter, software } = done.value;
  const warning = software ? ' (a software renderer: slow, and never chosen by auto)' : '';
  const says = `webgpu ${version} ${readiness(built)}: ${folder}\n  on ${adapter}${warning}`;
  return { ok: true, value: { value: done.value, says } };
};
