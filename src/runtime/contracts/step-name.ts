// Names of steps at points of a sweep.
import type { Axes } from './define.ts';

/** Name of a step at a point: `sigma`, or `sigma[architecture=resnet20,layer=conv1]`. */
export function stepName(base: string, axes: Axes): string {
  let point = '';
  for (const name in axes) point += `${point === '' ? '' : ','}${name}=${axes[name]}`;
  return point === '' ? base : `${base}[${point}]`;
}

/**
 * Splits the name of an output: `table.images` is output `images` of step `table`. Dots inside the brackets of a point
 * do not count.
 */
export function splitOutputName(name: string): { readonly step: string; readonly output?: string } {
  const [, step = name, output] = /^([^.[]+(?:\[.*\])?)(?:\.([\w-]+))?$/.exec(name) ?? [];
  return output === undefined ? { step } : { step, output };
}
