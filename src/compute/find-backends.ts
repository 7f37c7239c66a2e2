// Lists the backends that are installed on this machine, and the order in which `auto` tries them. Loads nothing.
import { BACKENDS } from './backends.ts';

/** Returns the names of the backends that are installed on this machine, best first. */
export function findBackends(): string[] {
  return BACKENDS.filter((card) => card.find()).map(({ name }) => name);
}

/**
 * Returns the names of the installed backends in the order in which `auto` tries them: first the backends that compute
 * on a GPU, then the others, each group by rank. A backend that needs a GPU (webgpu) is left out on a machine without a
 * GPU.
 */
export function autoOrder(): string[] {
  const found = BACKENDS.filter((card) => card.find()).map((card) => ({ card, isForGpu: card.isForGpu() }));
  return [
    ...found.filter(({ isForGpu }) => isForGpu),
    ...found.filter(({ card, isForGpu }) => !isForGpu && card.needsGpu !== true),
  ].map(({ card }) => card.name);
}
