// The language of an open window can change: everything that stands in it is said again, and each text runs in its own direction.
import type { Locator } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';

/** Whether the last character of a text stands at its left end. */
const endsAtTheLeft = (text: Locator) =>
  text.evaluate((one) => {
    const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    let node = texts.nextNode() as Text;
    for (let next = node; next; next = texts.nextNode() as Text) if (next.data.trim()) node = next;
    const range = document.createRange();
    range.setStart(node, node.data.trimEnd().length - 1);
    range.setEnd(node, node.data.trimEnd().length);
    const last = range.getBoundingClientRect();
    range.selectNodeContents(node);
    const all = range.getBoundingClientRect();
    return last.left - all.left < all.right - last.right;
  });

test('a change of the language says again what an open chat shows', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  const speak = (lang: string) => page.locator('parley-chat').evaluate((chat: HTMLElement, lang) => void (chat.lang = lang), lang);
  const notice = page.locator('.notice');
  await visitor.start('Ada');
  await agent.accept();
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await visitor.say('a pot, please');
  await visitor.attach({ name: 'run.exe', mimeType: 'application/octet-stream', buffer: Buffer.from('x') });
  const problem = page.getByTestId('chat-problem');
  await expect(problem).toContainText('cannot be sent');

  await speak('de');
  await expect(visitor.state).toHaveText('Sie sprechen mit Agent 1');
  await expect(notice.last()).toHaveText('Agent 1 ist jetzt im Chat.');
  await expect(problem).toContainText('Erlaubt sind');
  await expect(visitor.message('a pot').getByText('Sie', { exact: true })).toHaveCount(1);
  await expect(visitor.message('a pot').getByRole('img')).toHaveAccessibleName(/Gesendet|Gelesen/);
  await expect(visitor.message('Hello, I am').getByText('Assistent')).toHaveCount(1);

  await speak('ar');
  await expect(notice.last()).toHaveText('انضم \u2068Agent 1\u2069 إلى المحادثة.');
  await expect(visitor.state).toHaveText('أنت تتحدث مع \u2068Agent 1\u2069');
  expect(await endsAtTheLeft(notice.last())).toBe(true);
  const title = page.locator('#chat-title');
  await page.locator('parley-chat').evaluate((chat: any) => (chat.heading = 'Ask the shop.'));
  await expect(title).toHaveText('Ask the shop.');
  expect(await endsAtTheLeft(title), 'a title in English').toBe(false);
  await page.locator('parley-chat').evaluate((chat: any) => (chat.texts = { talking: '{names} is here.', joined: '{name} is here.' }));
  await expect(visitor.state).toHaveText('\u2068Agent 1\u2069 is here.');
  for (const text of [visitor.state, notice.last()]) expect(await endsAtTheLeft(text), 'a text of the page').toBe(false);

  await page.locator('parley-chat').evaluate((chat: any) => (chat.texts = {}));
  await agent.type('on my way');
  await expect(visitor.typing).toHaveText('\u2068Agent 1\u2069 يكتب');
  await agent.close();
  await speak('en');
  await expect(visitor.state).toHaveText('This chat has ended');
  await expect(notice.last()).toHaveText('The chat was closed.');
  await expect(page.getByTestId('chat-ticket')).toHaveText(/Your ticket number/);
  await speak('fr');
  await expect(page.getByTestId('chat-ticket')).not.toHaveText(/Your ticket number/);
});
