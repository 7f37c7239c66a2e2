// Leases: the keys that a process is computing. A lease names its owner, and leases of a dead owner are void, so a
// killed process leaves no lock behind.
import { randomUUID } from 'node:crypto';
import type { Key } from '../contracts/artifact.ts';
import type { Ledger, Writes } from './ledger.ts';
import { livenessOf, ownIdentity } from '../contracts/process-identity.ts';
import type { ProcessIdentity } from '../contracts/process-identity.ts';
import { digestKey, nowSeconds, ownerKey, packJson, prefixOf, unpackJson } from './records.ts';

/** Interval of an owner's heartbeats. */
const BEAT_SECONDS = 5;
/** Time without a heartbeat after which an owner on another machine counts as dead. */
const SILENCE_SECONDS = 60;

interface Owner extends ProcessIdentity {
  /** Time of the last heartbeat, in seconds since the epoch. */
  readonly beat: number;
}

interface Lease {
  readonly owner: string;
  /** Start of the lease, in seconds since the epoch. */
  readonly since: number;
}

export class Leases {
  private readonly ledger: Ledger;
  private readonly owner: string = randomUUID();
  private readonly held = new Set<Key>();
  private started = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /**
   * Leases the keys that no other living owner holds. Returns the keys that this owner now holds, including keys that
   * it held before.
   */
  async acquire(keys: readonly Key[]): Promise<ReadonlySet<Key>> {
    if (keys.length === 0) return new Set();
    const owned = await this.ledger.transaction((writes) => this.take(keys, writes));
    for (const key of owned) this.held.add(key);
    if (this.held.size > 0) this.startBeating();
    return owned;
  }

  async release(keys: readonly Key[]): Promise<void> {
    const ours = keys.filter((key) => this.held.has(key));
    if (ours.length === 0) return;
    await this.ledger.transaction((writes) => {
      for (const key of ours) {
        const at = digestKey('lease', key);
        if (read<Lease>(writes.get(at))?.owner === this.owner) writes.unset(at);
      }
    });
    for (const key of ours) this.held.delete(key);
    if (this.held.size === 0) this.stopBeating();
  }

  /**
   * Start of the oldest lease of a living owner, in seconds since the epoch; undefined if there is no such lease.
   * Removes leases of dead owners.
   */
  async oldest(): Promise<number | undefined> {
    const leases = [...this.ledger.range(prefixOf('lease'))];
    const owners = [...this.ledger.range(prefixOf('owner'))];
    const alive = new Set(
      owners.filter(({ value }) => isAlive(read<Owner>(value))).map(({ key }) => key.toString('latin1', 1)),
    );
    const living = leases
      .map(({ value }) => read<Lease>(value))
      .filter((lease) => lease !== undefined && alive.has(lease.owner));
    if (!this.ledger.readOnly) await this.sweep();
    return living.length === 0 ? undefined : Math.min(...living.map((lease) => lease?.since ?? 0));
  }

  async close(): Promise<void> {
    this.stopBeating();
    if (this.ledger.readOnly || !this.started) return;
    const held = [...this.held];
    this.held.clear();
    await this.ledger.transaction((writes) => {
      for (const key of held) {
        const at = digestKey('lease', key);
        if (read<Lease>(writes.get(at))?.owner === this.owner) writes.unset(at);
      }
      writes.unset(ownerKey(this.owner));
    });
  }

  private take(keys: readonly Key[], writes: Writes): ReadonlySet<Key> {
    const owned = new Set<Key>();
    const alive = new Map<string, boolean>([[this.owner, false]]);
    const lives = (owner: string): boolean => {
      const known = alive.get(owner);
      if (known !== undefined) return known;
      const answer = isAlive(read<Owner>(writes.get(ownerKey(owner))));
      alive.set(owner, answer);
      return answer;
    };
    if (this.held.size === 0) writes.set(ownerKey(this.owner), this.ownRecord());
    this.started = true;
    const mine = packJson({ owner: this.owner, since: nowSeconds() } satisfies Lease);
    for (const key of keys) {
      const at = digestKey('lease', key);
      const lease = read<Lease>(writes.get(at));
      if (lease && lives(lease.owner)) continue;
      if (lease?.owner !== this.owner) writes.set(at, mine);
      owned.add(key);
    }
    return owned;
  }

  private async sweep(): Promise<void> {
    await this.ledger.transaction((writes) => {
      const dead = new Set<string>();
      for (const { key } of this.ledger.range(prefixOf('owner'))) {
        if (!isAlive(read<Owner>(writes.get(key)))) dead.add(key.toString('latin1', 1));
      }
      for (const { key } of [...this.ledger.range(prefixOf('lease'))]) {
        const lease = read<Lease>(writes.get(key));
        if (!lease || dead.has(lease.owner) || !writes.get(ownerKey(lease.owner))) writes.unset(key);
      }
      for (const owner of dead) writes.unset(ownerKey(owner));
    });
  }

  private ownRecord(): Buffer {
    return packJson({ ...ownIdentity(), beat: nowSeconds() } satisfies Owner);
  }

  private startBeating(): void {
    this.timer ??= setInterval(() => {
      // A failed heartbeat (a full disk) matters only to other machines, and the next one may succeed.
      this.ledger.put(ownerKey(this.owner), this.ownRecord()).catch(() => undefined);
    }, BEAT_SECONDS * 1000).unref();
  }

  private stopBeating(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }
}

function read<T>(bytes: Buffer | undefined): T | undefined {
  return bytes && (unpackJson(bytes) as T | undefined);
}

function isAlive(owner: Owner | undefined): boolean {
  if (!owner) return false;
  const liveness = livenessOf(owner);
  if (liveness !== 'unknown') return liveness === 'alive';
  return nowSeconds() - owner.beat < SILENCE_SECONDS;
}
