import { afterEach, expect, it, vi } from 'vitest';
import type { CommandCard } from '../../src/commands/catalog.ts';
import { runCommand } from '../../src/commands/run-command.ts';

const written = { out: '', err: '' };
vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((written.out += String(text)), true));
vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((written.err += String(text)), true));

afterEach(() => {
  Object.assign(written, { out: '', err: '' });
  delete process.env['LETHE_DEBUG'];
});

// A card without an implementation can only be a mistake of Lethe itself.
const card: CommandCard = { name: 'forgotten', summary: 'None.', arguments: [], options: [], examples: [] } as never;
const headline = 'this is a bug in Lethe, not in your pipeline: command forgotten has no implementation';

it('reports a bug to people, with its stack only where they ask for it', async () => {
  expect(await runCommand(card, [])).toBe(1);
  expect(written.err).toContain(headline);
  expect(written.err).toContain('LETHE_DEBUG=1');
  expect(written.err).not.toContain('    at ');
  process.env['LETHE_DEBUG'] = '1';
  await runCommand(card, []);
  expect(written.err).toMatch(/\n {4}at runCommand /);
});

it('reports a bug to programs as JSON', async () => {
  const json = { ...card, options: [{ name: 'json', doc: 'JSON lines' }] } as never;
  expect(await runCommand(json, ['--json'])).toBe(1);
  expect(JSON.parse(written.out)).toMatchObject({ event: 'failure', reason: 'bug-in-lethe', headline });
});
