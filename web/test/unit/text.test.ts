// What counts as a tag in a message, by the table that the server's files are tested with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import rows from '../../../server/internal/chatstate/testdata/markup.json';
import invisible from '../../../server/internal/ids/testdata/invisible.json';
import { entries } from '../../src/shared/entries';
import { isolate } from '../../src/ui/direction';
import { charactersLeft, showsNothing } from '../../src/ui/draft';
import { onlyTags } from '../../src/ui/markup';

test('what is no tag that messages may have stays text', () => {
  for (const { html, safe } of rows) assert.equal(onlyTags(html), safe, html);
});

test('a name that is shut off stays so, whatever signs of direction it has', () => {
  for (const [name, shut] of [
    ['Ada', 'Ada'],
    ['עדה', '\u2068עדה\u2069'],
    ['Ada\u202e', '\u2068Ada\u202e\u2069'],
    ['a\u2067b\u2069c', '\u2068a\u2067b\u2069c\u2069'],
    ['a\u2067b\u2066c', '\u2068a\u2067b\u2066c\u2069\u2069\u2069'],
    ['a\u2069b\u2069\u2067c', '\u2068ab\u2067c\u2069\u2069'],
  ] as const)
    assert.equal(isolate(name), shut, name);
});

test('a hostile text takes no long time', () => {
  for (const text of ['<a '.repeat(5000), `<a${' '.repeat(10_000)}`, '<a x="'.repeat(2000), '</b>'.repeat(3000)]) onlyTags(text);
});

test('a draft shows nothing by the table that the server has too', () => {
  const shown = (digits: string) => ` ${String.fromCodePoint(Number.parseInt(digits, 16))}\n`;
  for (const digits of invisible.flat()) assert.ok(showsNothing(shown(digits)), digits);
  for (const text of ['.', '👍', '❤\ufe0f', '1\ufe0f\u20e3', 'e\u0301', '\u200fא\u200f', '<b></b>'])
    assert.ok(!showsNothing(` ${text}`), text);
});

test('characters are counted as the server does, when few are left', () => {
  for (const [draft, left] of [
    ['', undefined],
    ['x'.repeat(800), undefined],
    ['x'.repeat(801), 199],
    [`${'x'.repeat(998)}\n`, 1],
    ['😀'.repeat(800), undefined],
    ['😀'.repeat(1001), -1],
  ] as const)
    assert.equal(charactersLeft(draft, 1000), left, draft.slice(0, 3));
});

test('of an imported conversation, entries that show nothing are left out, and a format must be known', () => {
  const entry = (message: string, more = {}) => ({ sender: 'assistant', message, created: 1, ...more });
  const given = [entry('\u200b'), entry('a', { format: 'html' }), entry(''), entry('b', { format: 'text' }), entry(' c ')];
  assert.deepEqual(
    entries('history', given, 100).map(({ message, format }) => [message, format]),
    [
      ['a', 'html'],
      ['b', undefined],
      [' c ', undefined],
    ],
  );
  assert.throws(() => entries('history', [entry('a', { format: 'rtf' })], 100), {
    code: 400,
    message: "history[0].format must be one of 'text', 'html', got 'rtf'",
  });
});
