// Every built-in node type fulfils the contract that also applies to users' node types.
import { fileURLToPath } from 'node:url';
import { describe, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { checkNode } from '../../src/testing.ts';

/** Folder to which file names in the examples are relative. */
const folder = fileURLToPath(new URL('../../', import.meta.url));

describe.each(registry.types)('%s', (type) => {
  it('is documented; its examples run, match their declarations, and are reproducible without leaking tensors', async () => {
    await checkNode(await registry.load(type), { folder });
  });
});
