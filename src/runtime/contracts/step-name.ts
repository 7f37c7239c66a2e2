// The name of one point of a sweep.
import type { Axes } from './define.ts';

/** `sigma`, or `sigma[architecture=resnet20,layer=conv1]`. */
export function stepName(base: string, axes: Axes): string {
  let point = '';
  for (const name in axes) point += `${point === '' ? '' : ','}${name}=${axes[name]}`;
  return point === '' ? base : `${base}[${point}]`;
}
