// Channels over Node's IPC between a process and its child process.
import type { ChildProcess } from 'node:child_process';
import type { Channel } from './channel.ts';

/**
 * One end of an IPC connection: in the main process, the child that `fork` returned; in the child, the global
 * `process`.
 */
type Endpoint = Pick<NodeJS.Process | ChildProcess, 'send' | 'disconnect' | 'on'> & { readonly connected: boolean };

/** Channel to a child process that was forked with `stdio: [..., 'ipc']`. */
export function channelToChild<Out, In>(child: ChildProcess): Channel<Out, In> {
  return channelOf(child as Endpoint);
}

/** Channel from a forked process to its parent. */
export function channelToParent<Out, In>(): Channel<Out, In> {
  return channelOf(process as Endpoint);
}

function channelOf<Out, In>(end: Endpoint): Channel<Out, In> {
  return {
    send: (message) =>
      new Promise((resolve) => {
        if (end.connected) end.send?.(message as object, undefined, undefined, () => resolve());
        else resolve();
      }),
    onMessage: (take) => void end.on('message', (message) => take(message as In)),
    onClose: (closed) => void end.on('disconnect', closed),
    get open() {
      return end.connected;
    },
    close() {
      if (end.connected) end.disconnect();
    },
  };
}
