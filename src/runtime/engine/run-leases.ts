// Leases on keys during a run. The holder of a lease computes the key; other steps of this process, and other processes
// that share the cache, wait for its result. Requests within one turn of the event loop become one transaction of the
// store. Leases end with their process, so there is never a stale lock to remove.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Key } from '../contracts/artifact.ts';
import type { Store } from '../store/store.ts';

/** Delay before unused leases are released, so that the release shares a transaction with the next request. */
const RELEASE_MS = 25;

interface Request {
  readonly keys: readonly Key[];
  readonly resolve: (owned: ReadonlySet<Key>) => void;
  readonly reject: (error: unknown) => void;
}

export class RunLeases {
  private readonly store: Store;
  private readonly held = new Set<Key>();
  private requests: Request[] = [];
  private released: Key[] = [];
  private working: Promise<void> | undefined;
  private readonly listeners = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  constructor(store: Store) {
    this.store = store;
  }

  /**
   * Leases the keys that are free, and returns them. A key is not free while another step of this process or another
   * process holds it.
   */
  async acquire(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
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

  /**
   * Releases leases. For the steps of this process, the keys are free at once, and calls of `changed` resolve. The
   * store, and so other processes, learn of the release up to `RELEASE_MS` later.
   */
  release(keys: Iterable<Key>): void {
    for (const key of keys) if (this.held.delete(key)) this.released.push(key);
    if (this.released.length > 0) this.timer ??= setTimeout(() => this.work(), RELEASE_MS);
    for (const listener of [...this.listeners]) listener();
  }

  /** Resolves after `ms`, or earlier if this process releases a lease. */
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
    this.release([...this.held]);
    while (this.working || this.released.length > 0) {
      this.work();
      await this.working;
    }
  }

  private work(): void {
    this.working ??= this.flush().finally(() => {
      this.working = undefined;
      if (this.requests.length > 0) this.work();
      else if (this.released.length > 0) this.timer ??= setTimeout(() => this.work(), RELEASE_MS);
    });
  }

  private async flush(): Promise<void> {
    await nextTurn();
    clearTimeout(this.timer);
    this.timer = undefined;
    const requests = this.requests;
    const released = this.released;
    this.requests = [];
    this.released = [];
    // Releases come first, so that a key that is released and requested within the same turn is free. If a release
    // fails (a full disk), the lease ends with the process.
    const releasing = released.length > 0 ? this.store.release(released).catch(() => undefined) : undefined;
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
