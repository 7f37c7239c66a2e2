// The views of a run: the default one for the kind of output, and those that are named. All of them get failures with
// their position.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openViews } from '../../../src/commands/view/open-views.ts';
import { loadView, VIEW_NAMES } from '../../../src/commands/view/views.ts';
import type { Graph } from '../../../src/runtime/contracts/graph.ts';
import { screenOf, Terminal } from './terminal.ts';
import { EVENTS } from './view-contract.ts';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'lethe-views-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

function graphWith(text: string): Graph {
  const file = join(folder, 'p.yaml');
  writeFileSync(file, text);
  const step = { base: 'model', axes: {}, node: 'train', version: 1, params: {}, files: [], inputs: {}, outputs: {} };
  return {
    pipeline: 'p',
    file,
    params: {},
    steps: [{ ...step, name: 'model', light: false, line: 3 }],
    modules: [],
  };
}

it('are known by the names of their cards', async () => {
  expect(VIEW_NAMES).toEqual(expect.arrayContaining(['json', 'live', 'plain']));
  for (const name of VIEW_NAMES) expect((await loadView(name)).name).toBe(name);
});

it('get failures with their position', async () => {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((printed += String(text)), true));
  const graph = graphWith('name: p\nsteps:\n  model: { use: train }\n');
  const terminal = new Terminal();
  const view = await openViews({ ...screenOf(terminal), json: true, live: false }, graph, ['plain', 'json']);
  for (const event of EVENTS) view.onEvent(event);
  await view.close(undefined);
  const events = printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { failure?: object });
  expect(events).toHaveLength(EVENTS.length);
  expect(events.find((event) => event.failure)?.failure).toMatchObject({
    reason: 'timeout',
    step: 'model',
    file: graph.file,
    line: 3,
    column: 3,
    end_line: 3,
    end_column: 8,
  });
  expect(terminal.text).toMatch(/p\.yaml:3:3: error: train was stopped after 2 s\n {2}3 \|/);
});
