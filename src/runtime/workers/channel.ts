// Channels: messages both ways between the main process and one worker, in order. The pool and the worker's side know nothing else of
// how a worker is reached.

export interface Channel<Out, In> {
  /** Resolves when the message has left this process, or the channel is closed. Never rejects. */
  send(message: Out): Promise<void>;
  /** Calls `take` for every message. One listener. */
  onMessage(take: (message: In) => void): void;
  /** Calls `closed` once, when no message can come any more. */
  onClose(closed: () => void): void;
  readonly open: boolean;
  close(): void;
}
