// Below a path, behind proxies: everything is found from where the page or the script is.
import { saved } from './support/files.ts';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { get } from './support/http.ts';
import { png } from './support/png.ts';
import type { ReverseProxy } from './support/reverse-proxy.ts';
import { attended, enter, event, openChat, restore, said } from './support/sdk.ts';

async function answers(server: { url: string }): Promise<unknown[]> {
  const headers = { 'x-hyper-appid': 'demo', 'x-hyper-secret': 'demo-secret' };
  return (await (await fetch(`${server.url}/v1/surveys/1/answers`, { headers })).json()).answers;
}

const plain = { prefix: '/chat', strips: true, headers: {} };

test('the demo, the console and the survey work below a path, behind a proxy that says nothing', async ({
  reverseProxy,
  people,
  server,
}) => {
  const baseURL = `${(await reverseProxy(plain)).url}/`;
  const agent = await people.agent('agent1', { baseURL });
  const visitor = await people.visitor({ baseURL });
  await visitor.start('Ada');
  await visitor.say('Hello from below');
  await agent.accept();
  await agent.sees('Hello from below');
  await agent.attach({ name: 'drawing.png', mimeType: 'image/png', buffer: png() });
  const picture = visitor.message('drawing.png').getByRole('img', { name: 'drawing.png' });
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(40);
  await visitor.attach({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('two sizes') });
  const file = await saved(agent.page, () => agent.message('notes.txt').getByTestId('media-save').click());
  expect(String(file.content)).toBe('two sizes');
  await visitor.page.reload();
  await visitor.sees('Hello from below');
  // What the tab kept is shown before the chat is there.
  await visitor.page.waitForFunction(() => document.querySelector<HTMLElement & { chat: unknown }>('parley-chat')?.chat);
  await agent.close();
  const survey = visitor.page.frameLocator('[data-testid=chat-survey]');
  await expect(survey.getByRole('heading')).toHaveText('How was our chat?');
  await survey.getByRole('radio', { name: '5' }).check();
  await survey.getByRole('button', { name: 'Send' }).click();
  await expect(visitor.page.getByTestId('chat-survey')).toHaveCount(0);
  await expect.poll(() => answers(server)).toHaveLength(1);
});

for (const [name, options] of [
  ['without a server', () => ({ appId: 'demo' })],
  ['with the server', (proxy: ReverseProxy) => ({ appId: 'demo', server: proxy.url })],
] as const) {
  test(`a page of another site, ${name}: chat, file and download go through the path`, async ({ reverseProxy, sdk, wire }) => {
    const below = await reverseProxy(plain);
    const page = await sdk({ server: below.url });
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('websocket', (socket) => asked.push(socket.url().replace('ws', 'http')));
    await enter(page, options(below));
    const chatId = await openChat(page);
    await attended(page, await wire.agent('agent1'), chatId);
    await page.evaluate(async () => {
      await window.chat.sendMessage('Hello');
      await window.chat.sendMedia(new File(['x'], 'x.txt', { type: 'text/plain' }));
    });
    expect(await said(page)).toHaveLength(2);
    expect(asked.length).toBeGreaterThan(5);
    for (const url of asked) expect(url.startsWith(`${below.url}/`), url).toBe(true);
  });
}

test('what leads elsewhere stays below the path', async ({ reverseProxy }) => {
  const { url } = await reverseProxy(plain);
  for (const [path, to] of [
    ['/', '/demo/'],
    ['/demo', '/demo/'],
    ['/console', '/console/'],
    ['/survey', '/survey/'],
    ['/sdk', '/sdk/'],
  ] as const) {
    const { status, headers } = await get(url + path);
    expect(status).toBe(302);
    expect(new URL(headers.location!, url + path).href).toBe(url + to);
  }
});

test('a proxy that says what it does: the server writes addresses that pages of other sites can use', async ({
  reverseProxy,
  sdk,
  wire,
  server,
}) => {
  const front = await reverseProxy({ ...plain });
  Object.assign(front.rules.headers, { 'x-forwarded-prefix': '/chat', 'x-forwarded-host': new URL(front.url).host });
  const page = await sdk({ server: front.url });
  await enter(page);
  const agent = await wire.agent('agent1');
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.evaluate(() => ICF.Lobby.addEventListener('system:info', (info) => window.seen.push(['ticket', info.data.ticketId])));
  await agent.request('chats:close', { chatId });
  const ticket = await event(page, 'ticket');
  const url = await page.evaluate(async (sourceId) => {
    const { data } = await ICF.Api.request('/surveys/1', 'GET', { sourceType: 'ticket', sourceId });
    const frame = document.createElement('iframe');
    Object.assign(frame, { src: data.survey.url, title: 'Survey' });
    document.body.append(frame);
    return data.survey.url as string;
  }, ticket);
  expect(url.startsWith(`${front.url}/survey/#demo/1/`), url).toBe(true);
  const survey = page.frameLocator('iframe');
  await survey.getByRole('radio', { name: '5' }).check();
  await survey.getByRole('button', { name: 'Send' }).click();
  await expect.poll(() => answers(server)).toHaveLength(1);

  Object.assign(front.rules.headers, { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'shop.example' });
  const tag = JSON.parse((await get(`${front.url}/sdk/integrity.json`)).body.toString()).tag;
  expect(tag).toMatch(/^<script src="https:\/\/shop\.example\/chat\/sdk\/\d+\.\d+\.\d+\/icf\.sdk\.js" /);
});

test('a server with a base path, behind a proxy that passes paths on', async ({ serverWith, reverseProxy, people }) => {
  const server = await serverWith('-base-path', '/help/chat', '-public-url', 'https://shop.example/help/chat');
  const front = await reverseProxy({ prefix: '/help/chat', strips: false, headers: {} }, server);
  const baseURL = `${front.url}/`;
  const agent = await people.agent('agent1', { baseURL });
  const visitor = await people.visitor({ baseURL });
  await visitor.start('Ada');
  await visitor.say('Hello from below');
  await agent.accept();
  await agent.say('Hello above');
  await visitor.sees('Hello above');
  await agent.close();
  await expect(visitor.page.frameLocator('[data-testid=chat-survey]').getByRole('heading')).toHaveText('How was our chat?');

  expect((await get(`${server.url}/sdk/1/icf.sdk.js`)).status).toBe(404);
  expect((await get(`${server.url}/help/chat/sdk/1/icf.sdk.js`)).status).toBe(200);
  const { tag } = JSON.parse((await get(`${server.url}/help/chat/sdk/integrity.json`)).body.toString());
  expect(tag).toContain('"https://shop.example/help/chat/sdk/');
  expect(server.output).toContain('"https://shop.example/help/chat/sdk/1/icf.sdk.js"');
  expect(server.output).toContain(`${server.url}/help/chat/console/`);
});

test('a proxy changes its path while a chat goes on: new pages go on there, open ones when the old path is back', async ({
  reverseProxy,
  sdk,
  wire,
  context,
  guard,
}) => {
  guard.allow(connectionErrors);
  // HTTP has its turn when two WebSockets have come to nothing; a proxy's 404 allows no origin. WebKit does not name the address.
  guard.allow(/old\/v1\/socket|Access-Control-Allow-Origin\. Status code: 404/);
  const front = await reverseProxy({ ...plain, prefix: '/old' });
  const page = await sdk({ server: front.url });
  await enter(page);
  const agent = await wire.agent('agent1');
  const chatId = await openChat(page);
  await attended(page, agent, chatId);

  front.rules.prefix = '/new';
  front.cut();
  await page.waitForFunction(() => ICF.Parley.connection.state === 'waiting');
  await page.evaluate(() => void window.chat.sendMessage('from the old path'));
  const later = await sdk({ server: front.url, page: await context.newPage() });
  expect(await restore(later)).toEqual({ logged: true, chats: [chatId] });
  await later.evaluate(() => window.chat.sendMessage('from the new path'));
  await agent.next('messages:new', ({ message }) => message.message === 'from the new path');

  front.rules.prefix = '/old';
  await agent.next('messages:new', ({ message }) => message.message === 'from the old path');
  await expect.poll(() => said(page)).toEqual(['from the new path', 'from the old path']);
});
