// The record of a run is a view: its content comes from the events alone.
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { recordView } from '../../../src/runtime/engine/run-record.ts';
import type { RunRecord } from '../../../src/runtime/engine/run-record.ts';
import { EVENTS, FINISHED, viewContract } from '../../commands/view/view-contract.ts';
import type { OpenedView } from '../../commands/view/view-contract.ts';
import { buildFixtures, graphOf, removeFixtures, Rig } from './engine-rig.ts';

let fixtures: ReturnType<typeof buildFixtures>;
let rig: Rig;
beforeAll(() => void (fixtures = buildFixtures()));
afterAll(removeFixtures);
beforeEach(() => void (rig = new Rig(fixtures)));
afterEach(() => rig.close());

async function open(): Promise<OpenedView> {
  const store = await rig.store();
  const graph = graphOf([], { params: { images: 3 } });
  const git = (): Promise<undefined> => Promise.resolve(undefined);
  const view = recordView(store, { graph, targets: ['sigma'], git, memory: 2 ** 30 });
  const records = (): RunRecord[] => [...store.docs<RunRecord>('runs')].map(({ value }) => value);
  return {
    view,
    shown: () =>
      records()
        .flatMap(({ failures = [] }) => failures.flatMap(textsOf))
        .join('\n'),
  };
}

const textsOf = ({ headline, values = {}, help = '' }: NonNullable<RunRecord['failures']>[number]): string[] => [
  headline,
  ...Object.values(values).map(String),
  help,
];

viewContract('the run record', open);

it('keeps counts, times, memory and failures', async () => {
  const { view } = await open();
  for (const event of EVENTS) view.onEvent(event);
  await view.close(FINISHED);
  const [document] = [...(await rig.store()).docs<RunRecord>('runs')];
  expect(document?.value).toMatchObject({
    id: 'r',
    started: '2023-11-14T22:13:20.000Z',
    seconds: 5,
    targets: ['sigma'],
    params: { images: 3 },
    computed: 1,
    cached: 1,
    failed: 1,
    memory_bytes: 2 ** 20,
    memory_limit_bytes: 2 ** 30,
    failures: [{ reason: 'timeout', step: 'model' }],
  });
});
