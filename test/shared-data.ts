// Where the tests find the real networks, images and golden values, which are not part of the project.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const sharedData: string =
  process.env['LETHE_SHARED_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url));

/** Suites that need it say so in their title when it is absent. */
export const hasSharedData: boolean = existsSync(sharedData);
