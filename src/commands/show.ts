// `lethe show FILE STEP[.OUTPUT]`: a result in the terminal, or as JSON, CSV or Arrow bytes.
import type { Artifact, Cell, Kind, Row } from '../runtime/contracts/artifact.ts';
import type { Axes } from '../runtime/contracts/define.ts';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';
import { splitOutputName } from '../runtime/contracts/step-name.ts';
import type { PlannedStep } from '../runtime/engine/planned-step.ts';
import { readManifest } from '../runtime/store/manifest.ts';
import type { Graph, Step } from '../runtime/contracts/graph.ts';
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
      const data = { step, points: found.artifacts.length, example: found.artifacts[0]?.name ?? step };
      return await screen.fail([failure('sweep-in-one-file', data)], 2);
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
  /** Point of the sweep; empty if the user requested only this point. */
  readonly axes: Axes;
  /** Loads the card of the artifact's kind. */
  readonly kind: () => Promise<Kind | undefined>;
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
      return { failure: failure('no-such-output', { step: one.step.base, output: chosen, outputs }), code: 2 };
    }
    const artifact = one.result?.outputs[chosen];
    if (artifact === undefined) return { failure: notYet(one, args), code: 1 };
    const axes = one.step.name === step ? {} : one.step.axes;
    const kind = (): Promise<Kind | undefined> => findKind(graph, one.step, chosen);
    artifacts.push({ name: one.step.name, artifact, axes, kind });
  }
  return { artifacts };
}

function notYet({ step, reason }: PlannedStep, args: Arguments): Failure {
  return failure('no-result', { step: step.name, why: reason, command: runCommandLine(args, step.base) });
}

/**
 * Returns the command line of the `lethe run` that computes the result, with the same parameters and the same cache.
 */
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
    const [{ renderArtifact }, kind] = await Promise.all([import('./view/artifact-text.ts'), found.kind()]);
    screen.print(renderArtifact(manifest, kind));
  } else {
    const swept = Object.keys(found.axes).length > 0;
    screen.print(JSON.stringify(swept ? { axes: found.axes, ...manifest } : manifest, null, 2));
  }
}

/** Finds the card of an output's kind in the definition of its node type. Undefined if there is none. */
async function findKind(graph: Graph, step: Step, output: string): Promise<Kind | undefined> {
  if (step.module === undefined) {
    const { registry } = await import('../registry.ts');
    return (await registry.load(step.node)).outputs[output]?.kind;
  }
  const { loadUserModule } = await import('../runtime/modules/user-modules.ts');
  const definitions = await loadUserModule(graph.modules[step.module]?.path ?? '');
  return definitions.find(({ type }) => type === step.node)?.outputs[output]?.kind;
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
  if (format === 'table') {
    const { renderTable } = await import('./view/table-text.ts');
    screen.print(renderTable(await readTable(store, artifact), screen.width));
    return;
  }
  const { openArtifact } = await import('../runtime/store/artifact-io.ts');
  for (const row of await openArtifact(store, artifact).rows()) screen.line(plainRow(withAxes(axes, row)));
}

const plainRow = (row: Row): unknown =>
  Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, cell instanceof Float32Array ? [...cell] : cell]),
  );

/** Adds the axes of a point to the beginning of a row. An axis with the same name as a column becomes `axis NAME`. */
function withAxes(axes: Axes, row: Row): Row {
  const point = Object.entries(axes).map(([name, value]) => [name in row ? `axis ${name}` : name, value]);
  return { ...Object.fromEntries(point), ...row } as Row;
}

/** Prints the results of all points of a sweep as one CSV table. */
async function printCsv(store: Store, found: readonly FoundArtifact[], screen: Screen): Promise<void> {
  const { readTable } = await import('./read-table.ts');
  const columns = new Set<string>();
  const rows: Row[] = [];
  for (const { artifact, axes } of found) {
    const table = await readTable(store, artifact);
    const names = Object.keys(table.columns);
    const empty = Object.fromEntries(names.map((name) => [name, null]));
    for (const name of Object.keys(withAxes(axes, empty))) columns.add(name);
    const cells = names.map((name) => [name, table.cells(name)] as const);
    for (let row = 0; row < table.length; row++) {
      const own = Object.fromEntries(cells.map(([name, column]) => [name, column[row] ?? null]));
      rows.push(withAxes(axes, own));
    }
  }
  screen.print(csv([...columns], rows));
}

/** Formats rows as CSV (RFC 4180). A cell of type `float32[]` is written as numbers separated by spaces. */
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
