// Artifacts that are no tables, for the terminal: the layers of a network, the images of a data set, any other value.
import type { JsonArtifact } from '../../runtime/contracts/artifact.ts';
import type { Network } from '../../network/network.ts';

export async function renderArtifact(artifact: JsonArtifact): Promise<string> {
  if (artifact.kind === 'network' || artifact.kind === 'tap') return renderNetwork(artifact.value as Network);
  if (artifact.items !== undefined) return renderItems(artifact);
  return JSON.stringify(artifact.value, null, 2);
}

async function renderNetwork(network: Network): Promise<string> {
  const { describeLayers } = await import('../../network/describe.ts');
  const rows = describeLayers(network);
  const names = rows.map((row) => [row.name, ...row.aliases].join(' = '));
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const { height, width: inputWidth, channels } = network.input;
  return [
    `${network.architecture}: input ${height} x ${inputWidth} x ${channels}, output ${network.output}`,
    ...rows.map((row, index) =>
      `  ${(names[index] ?? '').padEnd(width)}${row.op.padEnd(16)}${row.shape.join(' x ').padEnd(14)}${row.parameters || ''}`.trimEnd(),
    ),
  ].join('\n');
}

function renderItems(artifact: JsonArtifact): string {
  const items = artifact.items ?? [];
  const shown = items.slice(0, 5).map((item, index) => {
    const rest = Object.entries(item).filter(([name]) => name !== 'id' && name !== 'digest');
    return `  ${index}: ${item.id.slice(0, 12)} ${rest.map(([name, value]) => `${name}=${shorten(value)}`).join(' ')}`;
  });
  const more = items.length > 5 ? [`  ... ${items.length - 5} more`] : [];
  return [`${artifact.kind} of ${items.length} items: ${JSON.stringify(artifact.value)}`, ...shown, ...more].join('\n');
}

const shorten = (value: unknown): string =>
  typeof value === 'string' && value.length === 64 ? value.slice(0, 12) : String(value);
