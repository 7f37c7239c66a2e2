// Text of artifacts that are not tables. A kind can render its artifacts; otherwise their items are shown, or else
// their value as JSON.
import stringWidth from 'string-width';
import type { ItemEntry, JsonArtifact, Kind, Rendering } from '../../runtime/contracts/artifact.ts';

/** Renders an artifact. `kind` is the card of its kind; undefined if it is not known. */
export function renderArtifact(artifact: JsonArtifact, kind: Kind | undefined): string {
  if (kind?.render) return layOut(kind.render(artifact));
  if (artifact.items !== undefined) return layOut(renderItems(artifact, artifact.items));
  return JSON.stringify(artifact.value, null, 2);
}

function layOut({ title, lines = [], end }: Rendering): string {
  const widths: number[] = [];
  for (const line of lines)
    for (const [i, cell] of line.entries()) widths[i] = Math.max(widths[i] ?? 0, stringWidth(cell));
  const text = (line: readonly string[]): string =>
    line.map((cell, i) => cell + ' '.repeat((widths[i] ?? 0) - stringWidth(cell))).join('  ');
  return [
    title,
    ...[...lines.map(text), ...(end === undefined ? [] : [end])].map((line) => `  ${line}`.trimEnd()),
  ].join('\n');
}

const SHOWN_ITEMS = 5;

function renderItems({ kind, value }: JsonArtifact, items: readonly ItemEntry[]): Rendering {
  const lines = items.slice(0, SHOWN_ITEMS).map((item, index) => {
    const fields = Object.entries(item).filter(([name]) => name !== 'id' && name !== 'digest');
    const texts = fields.map(([name, field]) => `${name}=${shorten(field)}`);
    return [`${index}:`, item.id.slice(0, 12), texts.join(' ')];
  });
  return {
    title: `${kind} of ${items.length} items: ${JSON.stringify(value)}`,
    lines,
    ...(items.length > SHOWN_ITEMS ? { end: `... ${items.length - SHOWN_ITEMS} more` } : {}),
  };
}

/** Text of a field; digests are shortened to twelve digits. */
function shorten(value: unknown): string {
  if (typeof value === 'string') return /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;
  return JSON.stringify(value);
}
