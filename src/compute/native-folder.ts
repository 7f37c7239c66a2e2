// Folders in which `lethe setup` installs the packages of backends. Only paths: nothing is created, read or loaded
// here.
import { homedir } from 'node:os';
import path from 'node:path';
import { SETTINGS, variableText } from '../runtime/contracts/settings.ts';

/** The user's folder for packages that Lethe downloaded or built, shared by all projects. It can be deleted safely. */
export function userFolder(): string {
  return path.resolve(variableText(SETTINGS.home) ?? path.join(homedir(), '.cache', 'lethe'));
}

/** Folder in which `lethe setup` installs TensorFlow. */
export function nativeFolder(): string {
  return path.join(userFolder(), 'tensorflow');
}

/** The tfjs-node package in such a folder. */
export function nativePackage(folder: string = nativeFolder()): string {
  return path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');
}

/** Folder in which `lethe setup --webgpu` installs its packages. */
export function webgpuFolder(): string {
  return path.join(userFolder(), 'webgpu');
}
