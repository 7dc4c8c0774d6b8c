// What was written arrives: text as it was typed, links, HTML of programs, in the demo's chat window and the saved conversation.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';

const chatId = (page: Page) => page.evaluate(() => Object.keys(ICF.Lobby.chats)[0]!);

test('an angle bracket begins no tag in what an agent types, and no character is lost', async ({ people, server }) => {
  const typed = [
    'Write to Anna Ops <anna@example.test> today',
    'x<y and y>z',
    'Set <your name> in the form',
    'See <https://example.test/x>',
    'use &lt; for less, &nbsp; for blanks',
    '<b>not bold</b> <!-- nor hidden -->',
  ];
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  await visitor.start('Ada');
  await agent.accept();
  for (const text of typed) await agent.say(text);
  const shown = visitor.messages.and(visitor.page.locator('[data-own="false"]')).locator('.bubble');
  await expect.poll(async () => (await shown.allInnerTexts()).slice(-typed.length)).toEqual(typed);
  const id = await chatId(visitor.page);
  const headers = { 'x-hyper-appId': 'demo', 'x-hyper-secret': 'demo-secret' };
  for (const format of ['txt', 'csv']) {
    const saved = await (await fetch(`${server.url}/v1/chats/${id}/history.${format}`, { headers })).text();
    for (const text of typed) expect(saved).toContain(text);
  }
  await agent.close();
});

test('addresses are links that tell nobody where they were clicked', async ({ people }) => {
  const visitor = await people.visitor();
  await visitor.start('Ada');
  for (const [text, links] of [
    ['See https://example.test/a?b=1&c=2#d.', ['https://example.test/a?b=1&c=2#d']],
    ['(at http://example.test/a_(b)) or <https://example.test/x>', ['http://example.test/a_(b)', 'https://example.test/x']],
    ['"https://example.test/", "https://example.test/y"!', ['https://example.test/', 'https://example.test/y']],
    ['看https://example.test/路径。谢谢', ['https://example.test/路径']],
    [
      'Mail anna.ops+x@example.test, or mailto:desk@example.test?subject=Hi',
      ['mailto:anna.ops+x@example.test', 'mailto:desk@example.test?subject=Hi'],
    ],
    ['no links: javascript:alert(1), http://, a@b, mailto:x, example.test, ftp://example.test', []],
  ] as const) {
    await visitor.say(text);
    const bubble = visitor.message(text).locator('.bubble');
    expect(await bubble.innerText()).toBe(text);
    expect(await bubble.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual(links);
  }
  const link = visitor.log.locator('a').first();
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(link).toHaveAttribute('target', '_blank');
});

test('HTML of a program is shown with its tags, harmless, and what is no tag stays', async ({ people, server }) => {
  const visitor = await people.visitor();
  await visitor.start('Ada');
  const id = await chatId(visitor.page);
  const say = (message: string) => rest(server.url, '', 'POST', `/chats/${id}/messages`, { message, format: 'html' }, true);
  await say('<p>Hello <b>Ada</b>, write to <desk@example.test></p><ul><li>one</li></ul>');
  const first = visitor.message('Hello Ada').locator('.bubble');
  await expect(first).toContainText('write to <desk@example.test>');
  await expect(first.locator('b')).toHaveText('Ada');
  await expect(first.locator('a')).toHaveAttribute('href', 'mailto:desk@example.test');
  await say(
    `<a href="javascript:alert(1)" onclick="document.title='owned'">bad</a> <a href="https://example.test/">good</a> ` +
      `<img src="https://example.test/cat.png" alt="A cat"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>` +
      `<b id="chat" style="position:fixed" class="launcher">plain</b>`,
  );
  const second = visitor.message('bad good').locator('.bubble');
  await expect(second).toContainText(`<script>document.title='owned'</script>`);
  await expect(second.locator('img, script, [onclick], [onerror], [style], [id], [class]')).toHaveCount(0);
  expect(await second.locator('a').evaluateAll((all) => all.map((a) => [a.textContent, a.getAttribute('href')]))).toEqual([
    ['bad', null],
    ['good', 'https://example.test/'],
    ['A cat', 'https://example.test/cat.png'],
  ]);
  expect(await visitor.page.title()).not.toBe('owned');
});
