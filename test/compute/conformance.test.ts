// Every backend that loads here is held to the conformance suite; webgpu, where a processor often plays the GPU, to a part of it, and
// to the whole in test/long.
import { describe, it } from 'vitest';
import { findBackends } from '../../src/compute/find-backends.ts';
import { conformanceSuite } from './conformance.ts';
import { noWebgpu, useWebgpu } from './webgpu-here.ts';

for (const name of findBackends()) if (name !== 'webgpu') conformanceSuite(name);

useWebgpu();
if (noWebgpu === undefined) conformanceSuite('webgpu', 31);
else describe('operators on webgpu', () => it.skip(`skipped: ${noWebgpu}`));
