// Write permission of a file or folder, as the system grants it to this process.
import { accessSync, constants } from 'node:fs';

export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
