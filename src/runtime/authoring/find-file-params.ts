// Finds out which parameters are paths of files, and resolves these paths.
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { ParamSchema } from './describe-schema.ts';
import type { Json } from '../contracts/graph.ts';
import { escapePointer } from './written.ts';

/**
 * Folders in which relative paths are looked up, in this order: the folder of the pipeline, then the folder of the
 * project.
 */
export type Folders = readonly string[];

/**
 * Returns the folder of the pipeline, followed by the folder of the project. The project's folder is the nearest folder
 * with a package.json, at or above the pipeline's folder.
 */
export function foldersOf(pipelineFolder: string): Folders {
  for (let folder = pipelineFolder; ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')))
      return folder === pipelineFolder ? [folder] : [pipelineFolder, folder];
    if (dirname(folder) === folder) return [pipelineFolder];
  }
}

/**
 * Looks up files by their paths as written in the pipeline. Each path is looked up once, and the result is recorded.
 */
export interface FileFinder {
  /** Absolute path of the file; undefined if it does not exist in any of the folders. */
  find(written: string): string | undefined;
  /** All absolute paths that a written path may refer to. */
  places(written: string): readonly string[];
  /** Absolute paths of the files that were found. */
  present(): readonly string[];
  /** Absolute paths that were tried before a file was found in a later folder. No file exists at these paths. */
  absent(): readonly string[];
}

export function createFileFinder(folders: Folders): FileFinder {
  const found = new Map<string, string | undefined>();
  const places = (written: string): readonly string[] => [
    ...new Set(folders.map((folder) => resolve(folder, written))),
  ];
  return {
    places,
    find(written) {
      if (!found.has(written))
        found.set(
          written,
          places(written).find((path) => existsSync(path)),
        );
      return found.get(written);
    },
    present: () => [...new Set(found.values())].filter((path) => path !== undefined),
    absent: () =>
      [...found].flatMap(([written, path]) =>
        path === undefined ? [] : places(written).slice(0, places(written).indexOf(path)),
      ),
  };
}

/** A path among the parameters of a step, before it is looked up. */
export interface NamedFile {
  readonly pointer: string;
  readonly written: string;
  /** JSON pointer of the parameter that holds the folder of the path. Absent if no parameter holds it. */
  readonly folder?: string;
}

/** Lists the values in `params` that are paths: the schema marks them with the annotation `file`. */
export function namedFiles(schema: ParamSchema, params: { readonly [key: string]: Json }): readonly NamedFile[] {
  const found: NamedFile[] = [];
  visit(schema, params, { pointer: '', around: [], found });
  return found;
}

interface Visit {
  readonly pointer: string;
  /** Maps that contain the value, innermost first. The parameter that `within` names is searched in these maps. */
  readonly around: readonly { readonly map: { readonly [key: string]: Json }; readonly pointer: string }[];
  readonly found: NamedFile[];
}

function visit(schema: ParamSchema, value: Json, at: Visit): void {
  for (const branch of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])])
    visit(branch, value, at);
  if (typeof value === 'string') {
    if (schema.file !== undefined && !at.found.some(({ pointer }) => pointer === at.pointer)) {
      at.found.push({ pointer: at.pointer, ...within(schema.file, value, at.around) });
    }
  } else if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return;
    for (const [i, item] of (value as readonly Json[]).entries()) {
      const one = Array.isArray(items) ? (items as readonly ParamSchema[])[i] : (items as ParamSchema);
      if (one !== undefined) visit(one, item, { ...at, pointer: `${at.pointer}/${i}` });
    }
  } else if (typeof value === 'object' && value !== null) {
    const map = value as { readonly [key: string]: Json };
    for (const [name, entry] of Object.entries(map)) {
      const one =
        schema.properties?.[name] ??
        (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
      if (one !== undefined)
        visit(one, entry, {
          ...at,
          pointer: `${at.pointer}/${escapePointer(name)}`,
          around: [{ map, pointer: at.pointer }, ...at.around],
        });
    }
  }
}

function within(
  file: NonNullable<ParamSchema['file']>,
  path: string,
  around: Visit['around'],
): Pick<NamedFile, 'written' | 'folder'> {
  if (typeof file !== 'object') return { written: path };
  const owner = around.find(({ map }) => typeof map[file.within] === 'string');
  if (owner === undefined) return { written: path };
  // An absolute path is not changed. `join`, unlike `resolve`, keeps a relative path relative.
  const written = resolve(path) === path ? path : join(owner.map[file.within] as string, path);
  return { written, folder: `${owner.pointer}/${escapePointer(file.within)}` };
}
