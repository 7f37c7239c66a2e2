// Paths of the folders in which `lethe setup` installs the packages of backends. Nothing is created, read or loaded
// here.
import { homedir } from 'node:os';
import path from 'node:path';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';

/**
 * Returns the user's folder for packages that Lethe downloaded or built. All projects share it. It can be deleted
 * safely.
 */
export function userFolder(): string {
  return path.resolve(variableText(SETTINGS.home) ?? path.join(homedir(), '.cache', 'lethe'));
}

/** Returns the folder in which `lethe setup` installs TensorFlow. */
export function nativeFolder(): string {
  return path.join(userFolder(), 'tensorflow');
}

/** Returns the folder of the tfjs-node package in the installation folder `folder`. */
export function nativePackage(folder: string = nativeFolder()): string {
  return path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** Returns the folder in which `lethe setup --webgpu` installs its packages. */
export function webgpuFolder(): string {
  return path.join(userFolder(), 'webgpu');
}
