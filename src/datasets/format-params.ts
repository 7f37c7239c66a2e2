// Combines the parameters of all formats into the parameters of one node type. Reports required parameters that are
// missing, and parameters that do not belong to the chosen format.
import { Type } from '@sinclair/typebox';
import type { TSchema } from '@sinclair/typebox';
import type { DatasetFormat } from './dataset-format.ts';
import { failure } from '../runtime/contracts/failure.ts';
import type { Failure } from '../runtime/contracts/failure.ts';

/** A mistake in one parameter. */
export type ParamMistake = Failure & { readonly pointer: string };

/**
 * Returns the schemas of the parameters of all formats. Each parameter is optional, and its description names the
 * formats that have it.
 * @throws TypeError if two formats have parameters with the same name but different schemas
 */
export function formatParams(formats: readonly DatasetFormat[]): Record<string, TSchema> {
  const names = new Set(formats.flatMap(({ params }) => Object.keys(params.properties)));
  return Object.fromEntries([...names].map((name) => [name, Type.Optional(sharedSchema(formats, name))]));
}

function sharedSchema(formats: readonly DatasetFormat[], name: string): TSchema {
  const owners = ownersOf(formats, name);
  const [first, ...others] = owners.map(({ params }) => withoutDescription(params.properties[name] as TSchema));
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first))) {
    const list = owners.map((owner) => owner.name).join(', ');
    throw new TypeError(`the parameter ${name} differs between the formats ${list}: give it another name`);
  }
  const byText = new Map<string, string[]>();
  for (const owner of owners) {
    const text = (owner.params.properties[name] as TSchema).description ?? '';
    byText.set(text, [...(byText.get(text) ?? []), owner.name]);
  }
  const description = [...byText].map(([text, list]) => `${list.join(', ')}: ${text}`).join(' ');
  return { ...(first as TSchema), description };
}

function withoutDescription(schema: TSchema): TSchema {
  const copy = { ...schema };
  Reflect.deleteProperty(copy, 'description');
  return copy;
}

function ownersOf(formats: readonly DatasetFormat[], name: string): readonly DatasetFormat[] {
  return formats.filter(({ params }) => Object.hasOwn(params.properties, name));
}

/**
 * Returns the mistakes in the choice of parameters: required parameters that are missing, and parameters that only
 * other formats have.
 */
export function misfits(
  formats: readonly DatasetFormat[],
  format: DatasetFormat,
  params: Readonly<Record<string, unknown>>,
): readonly ParamMistake[] {
  const own = Object.keys(format.params.properties);
  const missing = (format.params.required ?? []).filter((name) => params[name] === undefined);
  const foreign = Object.keys(params).filter(
    (name) => params[name] !== undefined && !own.includes(name) && ownersOf(formats, name).length > 0,
  );
  return [
    ...missing.map((parameter) => ({
      ...failure('format-needs-parameter', { format: format.name, parameter }),
      pointer: '/format',
    })),
    ...foreign.map((parameter) => ({
      ...failure('parameter-of-another-format', {
        format: format.name,
        parameter,
        takes: own,
        formats: ownersOf(formats, parameter).map(({ name }) => name),
      }),
      pointer: `/${parameter}`,
    })),
  ];
}
