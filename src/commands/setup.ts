// `lethe setup`: make the native TensorFlow backend available.
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';

export async function setup(args: Arguments, screen: Screen): Promise<number> {
  const { setupTensorflow } = await import('../setup/setup-tensorflow.ts');
  const abort = new AbortController();
  const stop = (): void => abort.abort();
  process.once('SIGINT', stop);
  const done = await setupTensorflow({
    gpu: args.switches.has('gpu'),
    signal: abort.signal,
    onProgress: (event) => (screen.json ? screen.line(event) : screen.note(event.message)),
  });
  process.off('SIGINT', stop);
  if (abort.signal.aborted) return 130;
  if (!done.ok) return screen.fail(done.failures, 1);
  if (screen.json) screen.line({ event: 'setup-finished', ...done.value });
  else {
    const { built, folder, version } = done.value;
    screen.print(`tensorflow ${version} ${built ? 'is ready' : 'was ready already'}: ${folder}`);
  }
  return 0;
}
