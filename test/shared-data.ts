// Location of the real networks, images and golden values, which are not part of the project.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const sharedData: string =
  process.env['LETHE_SHARED_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** True if the shared data exist. Suites that need them mention it in their titles. */
export const hasSharedData: boolean = existsSync(sharedData);
