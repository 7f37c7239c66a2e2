// Editing pipelines: completions, hovers and error marks of a real YAML language server with the generated schema.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registry } from '../../src/registry.ts';
import { installServer, LanguageServer } from './language-server.ts';

const root = join(import.meta.dirname, '..', '..');
const installed = installServer(root);
if ('why' in installed) console.log(`skipped: ${installed.why}`);

const HEAD = '# yaml-language-server: $schema=../schemas/pipeline.schema.json\npipeline: p\n';
const STEP = `${HEAD}steps:\n  a:\n    use: optimize-sigma\n`;

describe.skipIf('why' in installed)('a YAML language server', () => {
  let server: LanguageServer;
  beforeAll(async () => {
    server = new LanguageServer('script' in installed ? installed.script : '', join(root, 'pipelines'));
    await server.start();
  });
  afterAll(() => {
    server.close();
  });

  const labels = async (text: string): Promise<readonly string[]> =>
    (await server.complete(text)).map(({ label }) => label);

  it('offers the parts of a pipeline and of a step', async () => {
    expect(await labels(`${HEAD}|`)).toEqual(expect.arrayContaining(['steps', 'params', 'nodes', 'numerics']));
    expect(await labels(`${STEP}    |\n`)).toEqual(expect.arrayContaining(['with', 'each', 'from', 'timeout']));
  });

  it('offers every node type with what it does', async () => {
    const offered = await server.complete(`${HEAD}steps:\n  a:\n    use: |\n`);
    expect(offered.map(({ label }) => label).sort()).toEqual(registry.types.toSorted());
    for (const { documentation } of offered) expect(JSON.stringify(documentation).length).toBeGreaterThan(20);
  });

  it('offers parameters, choices, ports and what may be swept', async () => {
    const names = ['method', 'alpha', 'grid', 'channels', 'tolerance', 'cap', 'max_evaluations'];
    expect(await labels(`${STEP}    with:\n      |\n`)).toEqual(names);
    expect(await labels(`${STEP}    each:\n      |\n`)).toEqual(names);
    expect(await labels(`${STEP}    with:\n      method: |\n`)).toEqual(['hybrid', 'adam', 'closed-form']);
    expect(await labels(`${STEP}    from:\n      |\n`)).toEqual(expect.arrayContaining(['tap', 'delta', 'data']));
  });

  it('shows what a node, a parameter and a port are', async () => {
    expect(await server.hover(STEP.replace('optimize', 'opti|mize'))).toContain('strict information discarding (SID)');
    expect(await server.hover(`${STEP}    with: { al|pha: 0.1 }\n`)).toContain('as a multiple of delta_f^2 (Eq. 4)');
    expect(await server.hover(`${STEP}    from: { ta|p: b }\n`)).toContain('The layer. (tap)');
  });

  it('underlines what is wrong, where it is', async () => {
    expect(await server.diagnose(`${STEP}    with: { alpha: -1, method: adm, alfa: 1 }\n`)).toEqual([
      '4:3 Missing property "from".',
      '6:32 Value is not accepted. Valid values: "hybrid", "adam", "closed-form".',
      '6:20 Value is below the exclusive minimum of 0.',
      '6:37 Property alfa is not allowed.',
    ]);
    expect(await server.diagnose(STEP.replace('optimize', 'optimise'))).toContainEqual(
      expect.stringMatching(/^5:10 Value must be "aggregate" \| /),
    );
  });

  it.each(['quickstart', 'cifar10-sid'])('finds nothing wrong with %s', async (name) => {
    expect(await server.diagnose(readFileSync(join(root, 'pipelines', `${name}.yaml`), 'utf8'))).toEqual([]);
  });
});
