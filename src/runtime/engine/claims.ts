// Claims on keys: who computes what, among the steps of this process and among all processes that share the cache. A claim is a
// lease of the store; requests of one turn are one transaction. Leases die with their process, so nothing is ever unlocked by hand.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Key } from '../contracts/artifact.ts';
import type { Store } from '../store/store.ts';

/** How long claims that nobody asks for may wait to be given back: the transaction is shared with the next request. */
const RETURN_MS = 25;

interface Request {
  readonly keys: readonly Key[];
  readonly resolve: (owned: ReadonlySet<Key>) => void;
  readonly reject: (error: unknown) => void;
}

export class Claims {
  private readonly store: Store;
  private readonly held = new Set<Key>();
  private requests: Request[] = [];
  private returned: Key[] = [];
  private working: Promise<void> | undefined;
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /** Claims those of `keys` that nobody holds, in this process or another. */
  async take(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    const free = [...new Set(keys)].filter((key) => !this.held.has(key));
    if (free.length === 0) return new Set();
    for (const key of free) this.held.add(key);
    try {
      const owned = await new Promise<ReadonlySet<Key>>((resolve, reject) => {
        this.requests.push({ keys: free, resolve, reject });
        this.work();
      });
      for (const key of free) if (!owned.has(key)) this.held.delete(key);
      return owned;
    } catch (error) {
      for (const key of free) this.held.delete(key);
      throw error;
    }
  }

  /** Gives claims back, soon. Whoever waits in this process hears of it at once. */
  give(keys: Iterable<Key>): void {
    for (const key of keys) if (this.held.delete(key)) this.returned.push(key);
    if (this.returned.length > 0) this.timer ??= setTimeout(() => this.work(), RETURN_MS);
    for (const listener of [...this.listeners]) listener();
  }

  /** Resolves after `ms`, or earlier when a claim is given back in this process. */
  changed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.listeners.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.listeners.add(wake);
    });
  }

  async close(): Promise<void> {
    this.give([...this.held]);
    while (this.working || this.returned.length > 0) {
      this.work();
      await this.working;
    }
  }

  private work(): void {
    this.working ??= this.flush().finally(() => {
      this.working = undefined;
      if (this.requests.length > 0) this.work();
      else if (this.returned.length > 0) this.timer ??= setTimeout(() => this.work(), RETURN_MS);
    });
  }

  private async flush(): Promise<void> {
    await nextTurn();
    clearTimeout(this.timer);
    this.timer = undefined;
    const requests = this.requests;
    const returned = this.returned;
    this.requests = [];
    this.returned = [];
    // Released before acquiring, so that a key given back and asked for again in one turn is free.
    // A lease that cannot be given back (a full disk) ends with the process.
    const releasing = returned.length > 0 ? this.store.release(returned).catch(() => undefined) : undefined;
    if (requests.length > 0) {
      try {
        const owned = await this.store.acquire(requests.flatMap((request) => request.keys));
        for (const request of requests) request.resolve(new Set(request.keys.filter((key) => owned.has(key))));
      } catch (error) {
        for (const request of requests) request.reject(error);
      }
    }
    await releasing;
  }
}
