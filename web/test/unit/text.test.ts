// What counts as a tag in a message, by the table that the server's files are tested with.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import rows from '../../../server/internal/chatstate/testdata/markup.json';
import { onlyTags } from '../../src/ui/markup';

test('what is no tag that messages may have stays text', () => {
  for (const { html, safe } of rows) assert.equal(onlyTags(html), safe, html);
});

test('a hostile text takes no long time', () => {
  for (const text of ['<a '.repeat(5000), `<a${' '.repeat(10_000)}`, '<a x="'.repeat(2000), '</b>'.repeat(3000)]) onlyTags(text);
});
