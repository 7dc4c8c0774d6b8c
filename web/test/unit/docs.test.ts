import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

// The tests run in web.
const page = await readFile('../docs/frameworks.md', 'utf8');

for (const framework of ['vue', 'svelte', 'solid']) {
  test(`the lines for ${framework} on the page are those that the tests use`, async () => {
    const code = await readFile(`test/views/${framework}-store.js`, 'utf8');
    assert.ok(page.includes(`\`\`\`js\n${code}\`\`\`\n`));
  });
}
