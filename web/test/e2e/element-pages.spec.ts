// From page to page of a site: what the tab has kept of the chat is in the window before anything is loaded, and stays in its place.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { png } from './support/png.ts';

/** Notes what the element shows in the task that has defined it, and how much of the page moves from then on. */
const watch = (page: Page) =>
  page.addInitScript(() => {
    const seen = { shift: 0, first: undefined as unknown };
    Object.assign(window, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift += (entry as any).value;
    }).observe({ type: 'layout-shift', buffered: true });
    document.addEventListener('DOMContentLoaded', () => {
      const root = document.querySelector('parley-chat')?.shadowRoot;
      if (!root) return;
      const find = (id: string) => root.getElementById(id) as any;
      seen.first = {
        open: find('chat')?.open,
        launcher: find('chat-open').checkVisibility() ? find('chat-open').innerText.trim().replace(/\s+/g, ' ') : '',
        messages: [...root.querySelectorAll('.message .bubble')].map((one) => (one as HTMLElement).innerText.trim().split('\n')[0]),
        draft: find('chat-input')?.value,
        loaded: 'ICF' in window,
      };
    });
  });
const first = (page: Page) => page.evaluate(() => (window as any).seen.first);

const boxes = (page: Page) =>
  page
    .locator('parley-chat')
    .locator('.message, .bubble, #chat-composer > :not([hidden], .visually-hidden, :empty), .chat-head > *')
    .evaluateAll((all) => all.map((one) => [one.className, ...Object.values(one.getBoundingClientRect().toJSON())].join(' ')));

test('the next page has the chat, open or minimised, before anything is loaded, and nothing moves when it comes', async ({
  page,
  server,
  site,
  people,
}) => {
  await watch(page);
  const agent = await people.agent('agent1');
  const address = site.page(`${server.url}/sdk/1/parley-chat.js`, {
    before: '<parley-chat app-id="demo" room="1" lang="de"></parley-chat>',
  });
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  const visitor = new Visitor(page);
  await visitor.start('Ada');
  await agent.accept();
  await visitor.say('is it in stock?');
  await agent.say('two are left');
  await visitor.sees('two are left');
  await visitor.attach({ name: 'pot.png', mimeType: 'image/png', buffer: png() });
  await expect(page.locator('.picture img')).toBeVisible();
  await expect(visitor.message('pot.png')).toHaveAttribute('data-status', 'read');
  await page.getByTestId('chat-input').fill('and the sau');

  let go = () => {};
  let held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/icf.sdk.js', async (route) => {
    await held;
    await route.continue();
  });
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  const messages = ['is it in stock?', 'two are left', 'pot.png'];
  expect(await first(page)).toEqual({ open: true, launcher: '', messages, draft: 'and the sau', loaded: false });
  await expect(visitor.state).toHaveText(/Agent 1/);
  await expect(page.getByTestId('picture')).toBeDisabled();
  const before = await boxes(page);
  go();
  await expect(page.locator('.picture img')).toBeVisible();
  await expect(page.getByTestId('chat-attach')).toBeEnabled();
  await expect(visitor.messages).toHaveCount(3);
  expect(await boxes(page), 'places and sizes').toEqual(before);
  expect(await page.evaluate(() => (window as any).seen.shift), 'layout shift').toBe(0);

  await page.getByTestId('chat-minimise').click();
  await agent.say('are you there?');
  await expect(page.getByTestId('chat-open')).toHaveText(/1 neu/);
  held = new Promise<void>((resolve) => (go = resolve));
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  expect(await first(page)).toMatchObject({ open: false, launcher: 'Chat 1 neu', loaded: false });
  go();
  await expect(visitor.messages).toHaveCount(4);
  await expect(page.getByTestId('chat-open')).toHaveText(/1 neu/);

  // What is sent before the chat is there goes when it is.
  await page.getByTestId('chat-open').click();
  await page.getByTestId('chat-input').fill('I am');
  held = new Promise<void>((resolve) => (go = resolve));
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  await page.getByTestId('chat-input').press('Enter');
  await expect(page.getByTestId('chat-input')).toHaveValue('I am');
  go();
  await agent.sees('I am');
  await expect(page.getByTestId('chat-input')).toHaveValue('');

  // The agent ends it while the visitor is elsewhere.
  await page.goto('about:blank');
  await agent.close();
  held = new Promise<void>((resolve) => (go = resolve));
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  expect(await first(page)).toMatchObject({ open: true, messages: [...messages, 'are you there?', 'I am'] });
  go();
  await expect(page.getByTestId('chat-start')).toBeVisible();
  await expect(visitor.state).toHaveText('Der Chat wurde beendet.');
  await expect(page.getByTestId('chat-input')).toBeHidden();
  expect(await page.evaluate(() => [sessionStorage['parley.chat'], sessionStorage['parley.draft']])).toEqual([undefined, undefined]);
});

test('a chat that ends while the next page still asks what the app takes has ended there too', async ({ people }) => {
  const agent = await people.agent('agent1');
  const visitor = await people.visitor();
  const { page } = visitor;
  await visitor.start('Ada');
  await visitor.say('is it in stock?');
  await agent.accept();
  let go = () => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  await page.route('**/v1/settings', async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest('**/v1/settings');
  await page.reload();
  await visitor.sees('is it in stock?');
  await asked;
  await agent.say('it is, good bye');
  await visitor.sees('it is, good bye');
  await agent.close();
  await expect(visitor.state).toHaveText('This chat has ended');
  go();
  await expect(page.getByTestId('chat-survey')).toBeVisible();
  await expect(page.getByTestId('chat-input')).toBeHidden();
  for (const text of ['is it in stock?', 'it is, good bye']) await expect(visitor.message(text)).toHaveCount(1);
  await expect(page.getByTestId('chat-unread')).toBeHidden();
  expect(await page.evaluate(() => sessionStorage['parley.chat'])).toBeUndefined();
});
