// The conformance suite for every backend that loads here. On webgpu, which is often computed by a slow software
// renderer, only a part of it; test/long has the whole suite.
import { describe, it } from 'vitest';
import { findBackends } from '../../src/compute/find-backends.ts';
import { conformanceSuite } from './conformance.ts';
import { noWebgpu, useWebgpu } from './webgpu-here.ts';

for (const name of findBackends()) if (name !== 'webgpu') conformanceSuite(name);

useWebgpu();
if (noWebgpu === undefined) conformanceSuite('webgpu', 31);
else describe('operators on webgpu', () => it.skip(`skipped: ${noWebgpu}`));
