// A process that the tests of the store start and kill. Commands: `write FOLDER SEED`, `write-small FOLDER SEED`,
// `visit FOLDER SEED`, `lease FOLDER`, `open FOLDER`. Every line that it prints is JSON.
import { createInterface } from 'node:readline';
import type { Key } from '../../../src/runtime/contracts/artifact.ts';
import { openArtifact, writeJson, writeTable } from '../../../src/runtime/store/artifact-io.ts';
import { FailureError } from '../../../src/runtime/contracts/failure.ts';
import { digestBytes } from '../../../src/runtime/contracts/keys.ts';
import type { ResultRecord, Store } from '../../../src/runtime/store/store.ts';
import { openStore } from '../../../src/runtime/store/open-store.ts';

const [command = '', folder = '', seed = '0'] = process.argv.slice(2);

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function record(outputs: ResultRecord['outputs']): ResultRecord {
  return {
    action: { node: 'child', version: 1, code: null, params: {}, inputs: {}, numerics: null, dtype: 'float32' },
    outputs,
    seconds: 0,
    finished: new Date().toISOString(),
    environment: { lethe: '0', node: process.version, platform: process.platform, host: 'test', backend: null },
  };
}

const kind = { name: 'numbers', doc: 'test', codec: 'table', columns: { x: { type: 'float64', doc: 'x' } } } as const;

/** Writes small results, as many as possible. */
async function writeSmall(store: Store): Promise<never> {
  for (let i = 0; ; i++) {
    const digest = await store.put(Buffer.from(`small ${seed} ${i}`));
    const key = digestBytes(Buffer.from(`key ${seed} ${i}`)) as string as Key;
    await store.record(key, record({ rows: { kind: 'rows', digest } }));
    say({ key });
  }
}

/** Writes results with a small blob, a large one and a table each. A key is printed when its record is acknowledged. */
async function write(store: Store): Promise<never> {
  for (let i = 0; ; i++) {
    await Promise.all(
      Array.from({ length: 4 }, async (_, j) => {
        const name = `${seed} ${i} ${j}`;
        const small = await store.put(Buffer.from(`small ${name}`));
        const large = await store.put(Buffer.alloc(300_000 + i, name));
        const manifest = await writeJson(store, { name: 'things', doc: 'test', codec: 'json' }, { name }, [
          small,
          large,
        ]);
        const table = await writeTable(store, { ...kind, doc: name }, [{ x: i }, { x: j }]);
        const key = digestBytes(Buffer.from(`key ${name}`)) as string as Key;
        await store.record(key, record({ things: manifest, numbers: table }));
        say({ key });
      }),
    );
  }
}

/** Writes a few blobs and exits. */
async function visit(store: Store): Promise<void> {
  for (let i = 0; i < 3; i++) say({ put: await store.put(Buffer.from(`visit ${seed} ${i}`)) });
  await store.close();
}

/** Reads lines `{acquire: keys}`, `{release: keys}`, `{close: true}` and executes them. */
async function lease(store: Store): Promise<void> {
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line) as { acquire?: Key[]; release?: Key[]; record?: Key };
    if (asked.acquire)
      say({
        owned: [...(await store.acquire(asked.acquire))],
        seen: asked.acquire.filter((key) => store.result(key) !== undefined),
      });
    else if (asked.record) {
      await store.record(asked.record, record({}));
      await store.release([asked.record]);
      say({ recorded: true });
    } else if (asked.release) {
      await store.release(asked.release);
      say({ released: true });
    } else break;
  }
  await store.close();
}

/** Reports if opening and writing succeeded. */
async function probe(store: Store): Promise<void> {
  const put = await store.put(Buffer.from(`probe ${seed}`)).then(
    (digest) => ({ digest }),
    (error: unknown) => ({ failure: error instanceof FailureError ? error.failure : String(error) }),
  );
  const results = [...store.contents.results()];
  const values = await Promise.all(
    results
      .flatMap(({ record: found }) => Object.values(found?.outputs ?? {}))
      .map((artifact) => openArtifact(store, artifact).value<unknown>()),
  );
  say({ readOnly: store.readOnly, put, values });
  await store.close();
}

const opened = await openStore(folder);
if (!opened.ok) say({ failures: opened.failures });
else if (command === 'write') await write(opened.value);
else if (command === 'write-small') await writeSmall(opened.value);
else if (command === 'visit') await visit(opened.value);
else if (command === 'lease') await lease(opened.value);
else await probe(opened.value);
