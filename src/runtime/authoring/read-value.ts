// Parses a single YAML value, as given on the command line.
import { parseDocument } from 'yaml';
import type { Json } from '../contracts/graph.ts';

/** Parses a YAML value. Returns undefined if the text is not valid YAML, or if JSON cannot represent the value. */
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
