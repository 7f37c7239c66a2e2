// Final output of `lethe run`: the tables of the final steps, the numbers of computed and cached steps, and the paths
// of the files.
import { relative } from 'node:path';
import type { Digest } from '../../runtime/contracts/artifact.ts';
import type { RunFinished } from '../../runtime/contracts/events.ts';
import type { Step } from '../../runtime/contracts/graph.ts';
import type { Store } from '../../runtime/store/store.ts';
import type { Workspace } from '../workspace.ts';
import { renderTable } from './table-text.ts';

interface SummaryOptions {
  readonly width: number;
  readonly quiet: boolean;
  /** Paths of the copies written by `--out`. */
  readonly copies: readonly string[];
}

export async function renderSummary(
  { graph, store }: Workspace,
  finished: RunFinished,
  options: SummaryOptions,
): Promise<string> {
  const results = graph.steps.filter((step) => isResult(step, finished));
  const parts: string[] = [];
  for (const step of results) {
    const output = finished.outputs[step.name];
    if (output !== undefined)
      parts.push(`\n${step.name}`, await renderOutput(store, step, output.digest, options.width));
  }
  if (!options.quiet) parts.push(countLine(finished));
  const files =
    options.copies.length > 0
      ? options.copies.map(shortPath)
      : nameFiles(results.map((step) => [step.name, finished.outputs[step.name]?.path]));
  if (files.length > 0 && files.length <= 20) {
    parts.push('', options.copies.length > 0 ? 'files:' : 'Arrow files:', ...files.map((line) => `  ${line}`));
  } else if (files.length > 20) parts.push(`\n${files.length} files, the first: ${files[0] ?? ''}`);
  return parts.join('\n');
}

/** Returns one line per file, with its step, because the file names in the store are digests. */
function nameFiles(files: readonly (readonly [string, string | null | undefined])[]): string[] {
  const width = Math.max(0, ...files.map(([step]) => step.length)) + 2;
  return files.flatMap(([step, path]) => (typeof path === 'string' ? [`${step.padEnd(width)}${shortPath(path)}`] : []));
}

/** True for a final step with a table, unless it is one point of a sweep. */
function isResult(step: Step, finished: RunFinished): boolean {
  return Object.keys(step.axes).length === 0 && typeof finished.outputs[step.name]?.path === 'string';
}

export function countLine(finished: RunFinished): string {
  const { computed, cached, failed, skipped, items_computed: items } = finished;
  if (computed === 0 && failed === 0 && skipped === 0)
    return `nothing to compute: ${cached === 1 ? 'the step is' : `all ${cached} steps are`} cached`;
  const counts = [
    `${computed} ${computed === 1 ? 'step' : 'steps'} computed`,
    ...(items > 0 ? [`${items} ${items === 1 ? 'item' : 'items'} computed`] : []),
    `${cached} cached`,
  ];
  if (failed > 0) counts.push(`${failed} FAILED`);
  if (skipped > 0) counts.push(`${skipped} skipped`);
  return counts.join(', ');
}

async function renderOutput(store: Store, step: Step, digest: Digest, width: number): Promise<string> {
  const { readTable } = await import('../read-table.ts');
  return renderTable(await readTable(store, { kind: Object.values(step.outputs)[0] ?? '', digest }), width);
}

/** Returns the path relative to the current folder if that is shorter. */
export function shortPath(path: string): string {
  const near = relative(process.cwd(), path);
  return near.length < path.length ? near : path;
}
