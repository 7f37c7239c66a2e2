// Failures as text.
import { expect, test } from 'vitest';
import type { Failure } from '../../../src/runtime/contracts/failure.ts';
import { renderFailure, renderFailures } from '../../../src/runtime/authoring/render-failure.ts';

/** Text of a failure at the first occurrence of `what` in `text`. */
function render(text: string, what: string, more: Partial<Failure> = {}): string {
  const start = text.indexOf(what);
  const failure = {
    reason: 'x',
    headline: 'wrong',
    range: { file: '/p/a.yaml', start, end: start + what.length },
    ...more,
  };
  return renderFailure(failure, { sources: new Map([['/p/a.yaml', text]]), folder: '/p' });
}

test('the mark stays under the mistake with tabs, wide and combining characters', () => {
  expect(render('a:\tb\n', 'b')).toMatchInlineSnapshot(`
    "a.yaml:1:4: error: wrong
      1 | a:  b
        |     ~
    "
  `);
  expect(render('名前: 値\n', '値')).toMatchInlineSnapshot(`
    "a.yaml:1:5: error: wrong
      1 | 名前: 値
        |       ~~
    "
  `);
  expect(render('e\u0301te\u0301: no\n', 'no')).toMatchInlineSnapshot(`
    "a.yaml:1:8: error: wrong
      1 | été: no
        |      ~~
    "
  `);
  expect(render('😀: no\n', 'no')).toMatchInlineSnapshot(`
    "a.yaml:1:4: error: wrong
      1 | 😀: no
        |     ~~
    "
  `);
});

test('control characters cannot move the cursor', () => {
  expect(render('a: \u001b[2Jb\r\n', 'b')).not.toContain('\u001b');
  const text = 'x\u001b[2J\r';
  expect(renderFailure({ reason: 'x', headline: text, values: { given: text }, help: text })).not.toMatch(/[\u001b\r]/);
});

test('the first line of what spans several; the end of the file', () => {
  expect(render('a:\n  b: [1,\n  2]\n', '[1,\n  2]')).toMatchInlineSnapshot(`
    "a.yaml:2:6: error: wrong
      2 |   b: [1,
        |      ~~~
    "
  `);
  const text = 'a: "b';
  const failure = {
    reason: 'x',
    headline: 'wrong',
    range: { file: '/p/a.yaml', start: text.length, end: text.length + 1 },
  };
  expect(renderFailure(failure, { sources: new Map([['/p/a.yaml', text]]), folder: '/p' })).toMatchInlineSnapshot(`
    "a.yaml:1:6: error: wrong
      1 | a: "b
        |      ~
    "
  `);
});

test('of a line of megabytes only the surroundings are shown', () => {
  const text = `${'x'.repeat(4_000_000)}WRONG${'y'.repeat(4_000_000)}`;
  const rendered = render(text, 'WRONG');
  expect(rendered.length).toBeLessThan(400);
  expect(rendered).toContain('a.yaml:1:4000001: error');
});

test('values, help of several lines, a step if there is no position', () => {
  expect(
    renderFailure({
      reason: 'x',
      headline: 'wrong',
      values: { given: 3, 'what is allowed': 'a\nb' },
      help: 'Do\nthis.',
      step: 'sigma[layer=fc]',
    }),
  ).toMatchInlineSnapshot(`
    "error: wrong
      given:           3
      what is allowed: a
                       b
      step:            sigma[layer=fc]
      Do
      this.
    "
  `);
});

test('a file that cannot be read any more', () => {
  expect(
    renderFailure({ reason: 'x', headline: 'wrong', range: { file: '/no/such', start: 3, end: 4 } }, { folder: '/p' }),
  ).toBe('/no/such: error: wrong\n');
});

test('colours only where asked for', () => {
  const failure = { reason: 'x', headline: 'wrong', help: 'Fix it.' };
  expect(renderFailure(failure, { color: true })).toMatchInlineSnapshot(`
    "[31merror[39m: [1mwrong[22m
      [36mFix it.[39m
    "
  `);
  expect(renderFailure(failure)).not.toContain('\u001b');
});

test('many failures are counted, very many cut off', () => {
  const many = Array.from({ length: 60 }, (_, i) => ({ reason: 'x', headline: `wrong ${i}` }));
  expect(renderFailures(many)).toMatch(/error: wrong 49\n\n60 failures, 10 of them not shown\n$/);
  expect(renderFailures(many.slice(0, 1))).toBe('error: wrong 0\n');
});
