// Several views of one run: each gets every event, and one that fails to close does not prevent the others from
// closing.
import { expect, it } from 'vitest';
import type { LetheEvent } from '../../../src/runtime/contracts/events.ts';
import { several } from '../../../src/runtime/contracts/view.ts';

it('forwards everything to all of them, in order', async () => {
  const heard: string[] = [];
  const named = (name: string) => ({
    onEvent: (event: LetheEvent) => void heard.push(`${name} ${event.event}`),
    close: () => void heard.push(`${name} closed`),
  });
  const view = several([named('a'), named('b')]);
  view.onEvent({ event: 'warning', at: 0, message: '' });
  await view.close(undefined);
  expect(heard).toEqual(['a warning', 'b warning', 'a closed', 'b closed']);
});

it('closes all of them, and rejects if one could not be closed', async () => {
  let closed = 0;
  const broken = { onEvent: () => undefined, close: () => Promise.reject(new Error('no room')) };
  const sound = { onEvent: () => undefined, close: () => void (closed += 1) };
  await expect(several([sound, broken, sound]).close(undefined)).rejects.toThrow('no room');
  expect(closed).toBe(2);
});
