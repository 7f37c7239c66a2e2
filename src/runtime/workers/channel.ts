// Channels: ordered messages in both directions between the main process and one worker. The pool and the worker know
// nothing else about their connection.

export interface Channel<Out, In> {
  /** Sends a message. Resolves when it has left this process, or when the channel is closed. Never rejects. */
  send(message: Out): Promise<void>;
  /** Calls `take` for every message. There is only one listener. */
  onMessage(take: (message: In) => void): void;
  /** Calls `closed` once, when no more messages can arrive. */
  onClose(closed: () => void): void;
  readonly open: boolean;
  close(): void;
}
