// Where `lethe setup` puts the packages of backends. Paths only: nothing is created, read or loaded here.
import { homedir } from 'node:os';
import path from 'node:path';

/** Lethe's folder of the user: what it fetched or built, for all projects. Safe to delete. */
export function userFolder(): string {
  return path.resolve(process.env['LETHE_HOME'] || path.join(homedir(), '.cache', 'lethe'));
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
