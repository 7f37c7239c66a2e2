// `lethe show FILE STEP[.OUTPUT]`: a result in the terminal, or as JSON, CSV or Arrow bytes.
import type { Artifact, Cell, Row } from '../runtime/contracts/artifact.ts';
import type { Axes } from '../runtime/contracts/define.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { splitOutputName } from '../runtime/contracts/step-name.ts';
import type { PlannedStep } from '../runtime/engine/planned-step.ts';
import { readManifest } from '../runtime/store/manifest.ts';
import type { Store } from '../runtime/store/store.ts';
import type { Arguments } from './arguments.ts';
import type { Screen } from './screen.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

type Format = 'table' | 'json' | 'csv' | 'arrow';

export async function show(args: Arguments, screen: Screen): Promise<number> {
  const format = (args.values['format']?.[0] ?? (screen.json ? 'json' : 'table')) as Format;
  const workspace = await openWorkspace(args, screen);
  if (!workspace.ok) return screen.fail(workspace.failures, 2);
  try {
    const { step, output } = splitOutputName(args.positionals[1] ?? '');
    const found = await findResults(workspace.value, { step, args, ...(output === undefined ? {} : { output }) });
    if ('failure' in found) return await screen.fail([found.failure], found.code);
    if (found.artifacts.length > 1 && format === 'arrow') {
      const headline = `${step} is a sweep of ${found.artifacts.length} steps: one Arrow file holds one of them`;
      const help = `Name one, such as '${found.artifacts[0]?.name ?? step}', or show an aggregate.`;
      return await screen.fail([{ reason: 'wrong-use', headline, help }], 2);
    }
    await printAll(workspace.value.store, found.artifacts, format, screen);
    return 0;
  } finally {
    await workspace.value.store.close();
  }
}

interface FoundArtifact {
  readonly name: string;
  readonly artifact: Artifact;
  /** Its point, where a whole sweep was asked for. */
  readonly axes: Axes;
}

type Found = { artifacts: FoundArtifact[] } | { failure: Failure; code: number };

interface Wanted {
  readonly step: string;
  readonly output?: string;
  readonly args: Arguments;
}

async function findResults({ graph, store }: Workspace, { step, output, args }: Wanted): Promise<Found> {
  const { planGraph } = await import('../runtime/engine/plan.ts');
  const planned = await planGraph(graph, store, { targets: [step] });
  if (!planned.ok) return { failure: planned.failures[0] as Failure, code: 2 };
  const wanted = planned.value.steps.filter(({ step: { name, base } }) => name === step || base === step);
  const artifacts: FoundArtifact[] = [];
  for (const one of wanted) {
    const outputs = Object.keys(one.step.outputs);
    const chosen = output ?? outputs[0] ?? '';
    if (!outputs.includes(chosen)) {
      const failure = { reason: 'unknown-output', headline: `${one.step.base} has no output ${chosen}` };
      return { failure: { ...failure, help: `Outputs: ${outputs.join(', ')}` }, code: 2 };
    }
    const artifact = one.result?.outputs[chosen];
    if (artifact === undefined) return { failure: notYet(one, args), code: 1 };
    artifacts.push({ name: one.step.name, artifact, axes: one.step.name === step ? {} : one.step.axes });
  }
  return { artifacts };
}

function notYet({ step, reason }: PlannedStep, args: Arguments): Failure {
  return {
    reason: 'no-result',
    headline: `${step.name} has no result yet`,
    values: { why: reason },
    help: `Run it first: ${runCommandLine(args, step.base)}`,
  };
}

/** The `lethe run` that makes what was asked for: the same parameters give the same results, the same cache is where they are. */
function runCommandLine({ positionals, values }: Arguments, step: string): string {
  const words = ['lethe', 'run', positionals[0] ?? '', step];
  for (const param of values['param'] ?? []) words.push('-p', param);
  for (const name of ['params', 'cache']) for (const value of values[name] ?? []) words.push(`--${name}`, value);
  return words.map(quoteWord).join(' ');
}

const quoteWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

async function printAll(store: Store, found: readonly FoundArtifact[], format: Format, screen: Screen): Promise<void> {
  const [first] = found;
  if (format === 'csv' && first !== undefined && 'table' in (await readManifest(store, first.artifact.digest)))
    return printCsv(store, found, screen);
  for (const one of found) {
    if (found.length > 1 && format === 'table') screen.print(`\n${one.name}`);
    await printArtifact(store, one, format, screen);
  }
}

async function printArtifact(store: Store, found: FoundArtifact, format: Format, screen: Screen): Promise<void> {
  const manifest = await readManifest(store, found.artifact.digest);
  if ('table' in manifest) return printTable(store, found, format, screen);
  if (format === 'table') {
    const { renderArtifact } = await import('./view/artifact-text.ts');
    screen.print(await renderArtifact(manifest));
  } else {
    const swept = Object.keys(found.axes).length > 0;
    screen.print(JSON.stringify(swept ? { axes: found.axes, ...manifest } : manifest, null, 2));
  }
}

async function printTable(
  store: Store,
  { artifact, axes }: FoundArtifact,
  format: Format,
  screen: Screen,
): Promise<void> {
  const { readTable, readTableBytes } = await import('./read-table.ts');
  if (format === 'arrow') {
    process.stdout.write(await readTableBytes(store, artifact));
    return;
  }
  const table = await readTable(store, artifact);
  if (format === 'table') {
    const { renderTable } = await import('./view/table-text.ts');
    screen.print(renderTable(table, screen.width));
  } else for (const row of table.rows) screen.line(plainRow(withAxes(axes, row)));
}

const plainRow = (row: Row): unknown =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Float32Array ? [...cell] : cell]),
  );

/** The point of the sweep first; an axis that has the name of a column is told from it. */
function withAxes(axes: Axes, row: Row): Row {
  const point = Object.entries(axes).map(([name, value]) => [name in row ? `axis ${name}` : name, value]);
  return { ...Object.fromEntries(point), ...row } as Row;
}

/** One table of all points of a sweep, or of the only one. */
async function printCsv(store: Store, found: readonly FoundArtifact[], screen: Screen): Promise<void> {
  const { readTable } = await import('./read-table.ts');
  const columns = new Set<string>();
  const rows: Row[] = [];
  for (const { artifact, axes } of found) {
    const table = await readTable(store, artifact);
    const empty = Object.fromEntries(Object.keys(table.columns).map((name) => [name, null]));
    for (const name of Object.keys(withAxes(axes, empty))) columns.add(name);
    for (const row of table.rows) rows.push(withAxes(axes, row));
  }
  screen.print(csv([...columns], rows));
}

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
