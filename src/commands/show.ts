// `lethe show FILE STEP[.OUTPUT]`: a result in the terminal, or as JSON, CSV or Arrow bytes.
import type { Artifact, Cell, JsonArtifact, Row } from '../runtime/artifact.ts';
import type { Failure } from '../runtime/failure.ts';
import type { PlannedStep } from '../runtime/engine/plan.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

const FORMATS = ['table', 'json', 'csv', 'arrow'] as const;
type Format = (typeof FORMATS)[number];

export async function show(args: Arguments, screen: Screen): Promise<number> {
  const format = (args.values['format']?.[0] ?? (screen.json ? 'json' : 'table')) as Format;
  if (!FORMATS.includes(format)) {
    const headline = `there is no format ${format}`;
    return screen.fail([{ reason: 'wrong-use', headline, help: `Formats: ${FORMATS.join(', ')}.` }], 2);
  }
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  try {
    const { step, output } = splitTarget(args.positionals[1] ?? '');
    const found = await findResults(workspace.value, step, output);
    if ('failure' in found) return await screen.fail([found.failure], found.code);
    if (found.artifacts.length > 1 && format === 'arrow') {
      const headline = `${step} is a sweep of ${found.artifacts.length} steps: one Arrow file holds one of them`;
      const help = `Name one, such as '${found.artifacts[0]?.name ?? step}', or show an aggregate.`;
      return await screen.fail([{ reason: 'wrong-use', headline, help }], 2);
    }
    for (const { name, artifact } of found.artifacts) {
      if (found.artifacts.length > 1 && format === 'table') screen.print(`\n${name}`);
      await printArtifact(workspace.value.store, artifact, format, screen);
    }
    return 0;
  } finally {
    await workspace.value.store.close();
  }
}

/** `table.images` -> step `table`, output `images`; a dot within the brackets of a sweep is no separator. */
function splitTarget(target: string): { step: string; output?: string } {
  const match = /^([^.[]+(?:\[.*\])?)(?:\.([\w-]+))?$/.exec(target);
  if (match === null) return { step: target };
  const [, step = target, output] = match;
  return output === undefined ? { step } : { step, output };
}

type Found = { artifacts: { name: string; artifact: Artifact }[] } | { failure: Failure; code: number };

async function findResults({ graph, store }: Workspace, step: string, output?: string): Promise<Found> {
  const { planGraph } = await import('../runtime/engine/plan.ts');
  const planned = await planGraph(graph, store, { targets: [step] });
  if (!planned.ok) return { failure: planned.failures[0] as Failure, code: 2 };
  const wanted = planned.value.steps.filter(({ step: { name, base } }) => name === step || base === step);
  const artifacts: { name: string; artifact: Artifact }[] = [];
  for (const one of wanted) {
    const outputs = Object.keys(one.step.outputs);
    const chosen = output ?? outputs[0] ?? '';
    if (!outputs.includes(chosen)) {
      const failure = { reason: 'unknown-output', headline: `${one.step.base} has no output ${chosen}` };
      return { failure: { ...failure, help: `Outputs: ${outputs.join(', ')}` }, code: 2 };
    }
    const artifact = one.result?.outputs[chosen];
    if (artifact === undefined) return { failure: notYet(one, graph.file), code: 1 };
    artifacts.push({ name: one.step.name, artifact });
  }
  return { artifacts };
}

function notYet({ step, reason }: PlannedStep, file: string): Failure {
  return {
    reason: 'no-result',
    headline: `${step.name} has no result yet`,
    values: { why: reason },
    help: `Run it first: lethe run ${file} ${step.base}`,
  };
}

async function printArtifact(store: Store, artifact: Artifact, format: Format, screen: Screen): Promise<void> {
  const manifest = await readManifest(store, artifact);
  if ('table' in manifest) return printTable(store, artifact, format, screen);
  if (format === 'table') {
    const { renderArtifact } = await import('./view/artifact-text.ts');
    screen.print(await renderArtifact(manifest));
  } else screen.print(JSON.stringify(manifest, null, 2));
}

async function readManifest(store: Store, artifact: Artifact): Promise<JsonArtifact | { table: string }> {
  const bytes = await store.get(artifact.digest);
  if (bytes !== undefined) return JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonArtifact;
  const { fail } = await import('../runtime/failure.ts');
  const headline = 'a result is not in the cache any more';
  return fail({ reason: 'blob-missing', headline, values: { blob: artifact.digest }, help: 'Run the pipeline again.' });
}

async function printTable(store: Store, artifact: Artifact, format: Format, screen: Screen): Promise<void> {
  const { readTable, readTableBytes } = await import('./read-table.ts');
  if (format === 'arrow') {
    process.stdout.write(await readTableBytes(store, artifact));
    return;
  }
  const table = await readTable(store, artifact);
  if (format === 'table') {
    const { renderTable } = await import('./view/table-text.ts');
    screen.print(renderTable(table, screen.width));
  } else if (format === 'json') for (const row of table.rows) screen.line(plainRow(row));
  else screen.print(csv(Object.keys(table.columns), table.rows));
}

const plainRow = (row: Row): unknown =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Float32Array ? [...cell] : cell]),
  );

/** RFC 4180; maps as space-separated numbers. */
function csv(columns: readonly string[], rows: readonly Row[]): string {
  const cell = (value: Cell): string => {
    if (value === null) return '';
    const text = value instanceof Float32Array ? value.join(' ') : String(value);
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns.map(cell), ...rows.map((row) => columns.map((name) => cell(row[name] ?? null)))]
    .map((line) => line.join(','))
    .join('\n');
}
