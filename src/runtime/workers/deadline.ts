// Deadlines: the time limit of a step, shared by all of its tasks wherever they are carried out.

export class Deadline {
  /** Time limit in seconds, as the user wrote it. */
  readonly seconds: number;
  private end: number | undefined;

  constructor(seconds: number) {
    this.seconds = seconds;
  }

  /** Starts the clock at the first call. Returns the remaining milliseconds, at least zero. */
  start(): number {
    const now = performance.now();
    this.end ??= now + this.seconds * 1000;
    return Math.max(0, this.end - now);
  }
}
