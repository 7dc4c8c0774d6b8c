// Private windows: a chat outlives its pages there too, as long as one is open.
import type { BrowserContext, Page } from '@playwright/test';
import { test as base, connectionErrors, expect } from './support/fixtures.ts';
import { restore, said } from './support/sdk.ts';
import { records } from './support/store.ts';
import type { Wire } from './support/wire.ts';

const inFirefox = () => test.info().project.name === 'firefox';

// A context of Chromium is a private window and WebKit's sessions are private; a Firefox of its own has no other windows.
const test = base.extend<{ context: BrowserContext }>({
  context: async ({ browser, playwright, guard }, use, { project }) => {
    const { channel, launchOptions } = project.use;
    const firefoxUserPrefs = { ...launchOptions!.firefoxUserPrefs, 'browser.privatebrowsing.autostart': true };
    const own = inFirefox() ? await playwright.firefox.launch({ ...launchOptions, channel, firefoxUserPrefs }) : browser;
    const context = await own.newContext();
    guard.watch(context);
    await use(context);
    await context.close();
    if (own !== browser) await own.close();
  },
});

const messages = async (wire: Wire, chatId: string) =>
  (await wire.request('chats:get', { chatId, fields: 'history' })).chat.history.map((entry: any) => entry.message);

// Firefox gives private pages no files of their own.
const hasFiles = (page: Page) =>
  page.evaluate(() =>
    navigator.storage.getDirectory().then(
      () => true,
      () => false,
    ),
  );

test('a conversation, a reload and a message that waits', async ({ attendedPage, sdk, link, guard }) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  if (inFirefox()) expect(await hasFiles(page), 'an ordinary window').toBe(false);
  await page.evaluate(() => window.chat.sendMessage('one'));
  await sdk({ page, server: link.url });
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
  expect(await said(page)).toEqual(['one']);

  await link.refuse(true);
  link.cut();
  await page.evaluate(() => void window.chat.sendMessage('two'));
  await expect.poll(async () => (await records(page)).length).toBeGreaterThan(0);
  await page.goto('about:blank');
  await link.refuse(false);
  await sdk({ page, server: link.url });
  await restore(page);
  await expect.poll(() => messages(agent, chatId)).toEqual(['one', 'two']);
  await expect.poll(() => records(page)).toEqual([]);
});
