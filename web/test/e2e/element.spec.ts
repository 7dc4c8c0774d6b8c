// The element <parley-chat> on pages of other sites: loaded when it is wanted, out of reach of the page's rules, moved, removed,
// twice, in other languages.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { Visitor } from './support/pages.ts';
import { usable } from './support/usable.ts';

const element = '<parley-chat app-id="demo" room="1" heading="Ask the shop"></parley-chat>';

const events = ['open', 'close', 'start', 'message', 'unread', 'end', 'error'];

/** Notes the element's events, as they come out of the page. */
const noting = async (page: Page) =>
  page.addInitScript((events) => {
    const told: string[] = [];
    Object.assign(window, { told });
    for (const name of events) {
      window.addEventListener(`parley-${name}`, ({ detail }: any) => {
        told.push([name, detail.message?.message ?? detail.count ?? ''].join(' ').trim());
      });
    }
  }, events);
const told = (page: Page) => page.evaluate(() => (window as any).told as string[]);

test('a page loads the element alone, and the rest when a chat is near', async ({ page, server, site }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: element }));
  const launcher = page.getByTestId('chat-open');
  await expect(launcher).toBeVisible();
  await page.evaluate(() => new Promise((idle) => setTimeout(idle)));
  expect(asked.filter((path) => path.includes('/sdk/') && !path.endsWith('/parley-chat.js'))).toEqual([]);
  await expect(page.locator('#chat'), 'is made when somebody comes near').toHaveCount(0);
  await launcher.hover();
  await expect(page.locator('#chat')).toHaveCount(1);
  await expect.poll(() => asked.filter((path) => /icf\.sdk\.js|engine\.|parley\.\w+\.wasm/.test(path)).length).toBe(3);
  expect(asked.filter((path) => path.startsWith('/v1'))).toEqual([]);
});

test('under a strict policy and rules against everything the window is what it is, and the page too', async ({
  page,
  server,
  site,
  people,
}) => {
  const agent = await people.agent('agent1');
  const origin = server.url;
  const policy = [
    `default-src 'none'; script-src ${origin} 'nonce-page' 'wasm-unsafe-eval'; connect-src ${origin} ${origin.replace('http', 'ws')}`,
    `img-src blob:; frame-src ${origin}; style-src 'nonce-page'; require-trusted-types-for 'script'`,
    'trusted-types parley parley-chat lit-html dompurify',
  ].join('; ');
  const hostile =
    '<style nonce="page">* { all: unset !important; display: none !important; color: red !important; --accent: red } html, body { display: block !important }</style>' +
    '<script nonce="page">window.ICF = { theirs: true }; window.Chat = 1; window.element = 2;</script>';
  await noting(page);
  await page.goto(site.page(`${origin}/sdk/1/parley-chat.js`, { before: hostile + element, policy }));
  const visitor = new Visitor(page);
  await visitor.start('Ada');
  await expect(page.getByRole('dialog', { name: 'Ask the shop' })).toBeVisible();
  const id: string = await page.evaluate(() => (document.querySelector('parley-chat') as any).chat.id);
  const question = JSON.stringify({ message: 'Which colour?', options: [{ label: 'Red' }, { label: 'Blue' }] });
  const history = [{ sender: 'assistant', type: 'object', message: question }];
  await rest(origin, '', 'POST', `/chats/${id}/history`, { history }, true);
  await page.getByTestId('chat-choice').filter({ hasText: 'Blue' }).click();
  await expect(page.getByTestId('chat-choice').first()).toBeHidden();
  await agent.accept();
  await expect(agent.message('Blue'), 'question and answer').toHaveCount(2);
  await expect(visitor.state).toHaveText('You are talking to Agent 1');
  await visitor.say('hello');
  const colour = (testid: string) => page.getByTestId(testid).evaluate((one) => getComputedStyle(one).backgroundColor);
  expect(await colour('chat-log')).toBe('rgb(245, 244, 240)');
  await agent.say('good day');
  await visitor.sees('good day');

  await rest(origin, '', 'POST', `/chats/${id}/messages`, { message: '<b>Two</b> are left', format: 'html' }, true);
  await expect(visitor.message('Two are left').locator('b')).toHaveText('Two');
  const region = page.locator('#chat-announced > p');
  // What others say, in order, and nothing of the visitor's own.
  await expect(region.last()).toHaveText(/: Two are left$/);
  const announced = (await region.allTextContents()).filter((text) => /: /.test(text));
  expect(announced.map((text) => text.replace(/^.*?: /, ''))).toEqual(['Which colour?\n- Red\n- Blue', 'good day', 'Two are left']);
  await visitor.close();
  await expect.poll(() => told(page)).toContain('end');
  expect((await told(page)).filter((event) => !event.startsWith('unread'))).toEqual([
    'open',
    'start',
    `message ${question}`,
    'message Blue',
    'message hello',
    'message good day',
    'message <b>Two</b> are left',
    'end',
  ]);
  expect(await page.evaluate(() => (window as any).ICF)).toEqual({ theirs: true });
});

test('two elements show the one chat; moved it goes on; removed in mid-send the message arrives', async ({
  page,
  server,
  site,
  people,
}) => {
  const agent = await people.agent('agent1');
  const second = '<dialog open id="there"><parley-chat id="second" app-id="demo" room="1"></parley-chat></dialog>';
  await page.goto(site.page(`${server.url}/sdk/1/parley-chat.js`, { before: element + second }));
  const [one, two] = [page.locator('parley-chat').first(), page.locator('#second')];
  await one.evaluate((chat: any) => chat.open());
  await one.getByTestId('chat-start').click();
  await expect(one.getByTestId('chat-input')).toBeVisible();
  await agent.accept();
  await two.evaluate((chat: any) => chat.open());
  await expect(two.getByTestId('chat-state')).toHaveText('You are talking to Agent 1');
  await two.evaluate((chat: any) => chat.sendMessage('from the second'));
  await expect(one.getByTestId('chat-message').filter({ hasText: 'from the second' })).toHaveCount(1);
  await expect(two.getByTestId('chat-message').filter({ hasText: 'from the second' })).toHaveCount(1);

  await one.getByTestId('chat-input').fill('half a sen');
  await one.evaluate((chat) => {
    const host = document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'open' });
    host.append(chat);
  });
  const moved = page.locator('div > parley-chat');
  await expect(moved.getByTestId('chat-input')).toHaveValue('half a sen');
  await expect(moved.getByTestId('chat-message').filter({ hasText: 'from the second' })).toBeVisible();
  await agent.say('seen in both');
  await expect(moved.getByTestId('chat-message').filter({ hasText: 'seen in both' })).toHaveCount(1);

  await moved.evaluate((chat: any) => {
    void chat.sendMessage('on my way');
    chat.remove();
    Object.assign(window, { chat });
  });
  await agent.sees('on my way');
  await expect.poll(() => page.evaluate(() => (window as any).chat.chat)).toBeNull();
  await page.evaluate(() => document.body.append((window as any).chat));
  await expect(page.locator('body > parley-chat').getByTestId('chat-message').filter({ hasText: 'on my way' })).toBeVisible();
  await page.locator('body > parley-chat').evaluate((chat: any) => chat.chat.close());
  await expect(two.getByTestId('chat-state')).toHaveText('This chat has ended');
});

test('as a module, too, attributes are properties, also those set before the element is defined; texts and looks change at once', async ({
  page,
  server,
  site,
}) => {
  await noting(page);
  await page.goto(site.empty);
  await page.evaluate((src) => {
    const chat = document.body.appendChild(document.createElement('parley-chat')) as any;
    Object.assign(chat, { appId: 'demo', heading: 'Early', texts: { start: 'Go' }, lang: 'de' });
    chat.setAttribute('open', '');
    document.head.append(Object.assign(document.createElement('script'), { src, type: 'module' }));
  }, `${server.url}/sdk/1/esm/element.js`);
  const chat = page.locator('parley-chat');
  await expect(page.getByRole('dialog', { name: 'Early' })).toBeVisible();
  await expect(chat).toHaveAttribute('app-id', 'demo');
  await expect(page.getByTestId('chat-start')).toHaveText('Go');
  await expect(page.getByTestId('chat-minimise')).toHaveAccessibleName('Chat minimieren');
  await chat.evaluate((chat: any) => (chat.texts = {}));
  await expect(page.getByTestId('chat-start')).toHaveText('Chat beginnen');
  await chat.evaluate((chat: any) => (chat.heading = null));
  await expect(page.getByRole('dialog', { name: 'Chatten Sie mit uns' })).toBeVisible();
  const ground = () => page.getByRole('dialog').evaluate((one) => getComputedStyle(one).backgroundColor);
  const light = await ground();
  await chat.evaluate((chat: any) => (chat.theme = 'dark'));
  expect(await ground()).not.toBe(light);
  await chat.evaluate((chat: any) => chat.style.setProperty('--parley-surface', 'rgb(1, 2, 3)'));
  expect(await ground()).toBe('rgb(1, 2, 3)');
  await page.keyboard.press('Escape');
  await expect(page.getByTestId('chat-open')).toBeFocused();
  await expect(chat).not.toHaveAttribute('open');
  expect(await told(page)).toEqual(['open', 'close']);
  expect(await chat.evaluate((chat: any) => [chat.chat, chat.unread])).toEqual([null, 0]);
});

for (const [name, options, lang] of [
  ['in forced colours', { forcedColors: 'active' }, 'en'],
  ['dark, from right to left, on a narrow phone', { colorScheme: 'dark', viewport: { width: 320, height: 560 } }, 'ar'],
] as const) {
  test(`everybody can use it ${name}`, async ({ people }) => {
    const agent = await people.agent('agent1');
    const visitor = await people.visitor({ ...options, reducedMotion: 'reduce' });
    const { page } = visitor;
    await page.locator('parley-chat').evaluate((chat: HTMLElement, lang) => void (chat.lang = lang), lang);
    await expect(page.locator('.theme')).toHaveAttribute('dir', lang === 'ar' ? 'rtl' : 'ltr');
    await visitor.start('Ada');
    await agent.accept();
    await visitor.say('مرحبا 12');
    await agent.say('good day');
    await visitor.sees('good day');
    await usable(page);
    for (const button of await page.getByRole('dialog').getByRole('button').all()) {
      const box = (await button.boundingBox())!;
      expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(24);
    }
    const [own, other] = [(await visitor.message('مرحبا').boundingBox())!, (await visitor.message('good day').boundingBox())!];
    expect(own.x < other.x).toBe(lang === 'ar');
    await visitor.close();
    await expect(page.getByTestId('chat-ticket')).toBeVisible();
    await usable(page);
  });
}
