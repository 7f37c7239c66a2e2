// One value of YAML, as it is given on the command line.
import { parseDocument } from 'yaml';
import type { Json } from '../contracts/graph.ts';

/** The value; undefined where the text is no YAML, or stands for a value that JSON cannot hold. */
export function readValue(text: string): Json | undefined {
  const document = parseDocument(text, { logLevel: 'error', prettyErrors: false });
  if (document.errors.length > 0) return undefined;
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  return isJson(value) ? value : undefined;
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (Array.isArray(value)) return value.every(isJson);
  return (
    typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
  );
}
