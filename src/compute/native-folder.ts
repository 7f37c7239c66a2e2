// The folders in which `lethe setup` installs the packages of backends. Paths only: nothing is created, read or loaded here.
import { homedir } from 'node:os';
import path from 'node:path';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';

/** The user's folder for packages that Lethe downloaded or built, shared by all projects. Safe to delete. */
export function userFolder(): string {
  return path.resolve(variableText(SETTINGS.home) ?? path.join(homedir(), '.cache', 'lethe'));
}

/** The folder that `lethe setup` fills with TensorFlow. */
export function nativeFolder(): string {
  return path.join(userFolder(), 'tensorflow');
}

/** The tfjs-node package inside a folder that `lethe setup` filled. */
export function nativePackage(folder: string = nativeFolder()): string {
  return path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** The folder that `lethe setup --webgpu` fills. */
export function webgpuFolder(): string {
  return path.join(userFolder(), 'webgpu');
}
