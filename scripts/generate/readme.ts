// README.md: only its table of node types is generated.
import { existsSync, readFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/** Text of the README with this table between its marks; undefined if it has no marks. */
export async function readmeWith(path: string, table: string): Promise<string | undefined> {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [begin, end] = ['<!-- nodes:begin -->', '<!-- nodes:end -->'];
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 || to < from) return undefined;
  const pretty = await format(table, { ...(await resolveConfig(path)), parser: 'markdown' });
  return `${text.slice(0, from + begin.length)}\n\n${pretty}\n${text.slice(to)}`;
}
