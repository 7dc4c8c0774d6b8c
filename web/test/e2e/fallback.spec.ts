// Where WebSockets are cut off, HTTP carries the chat, with the same promise.
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { test as base, connectionErrors, expect } from './support/fixtures.ts';
import { ReverseProxy, type Treatment } from './support/proxy.ts';
import { attended, enter, event, openChat, outcome, restore, said } from './support/sdk.ts';

const test = base.extend<{ behind: (treatment: Treatment) => Promise<ReverseProxy> }>({
  behind: async ({ server }, use) => {
    const proxies: ReverseProxy[] = [];
    await use(async (treatment) => {
      const proxy = new ReverseProxy(server.port, treatment);
      proxies.push(proxy);
      await proxy.start();
      return proxy;
    });
    for (const proxy of proxies) proxy.close();
  },
});

test.beforeEach(({ guard }) => guard.allow(connectionErrors, /ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONTENT_LENGTH_MISMATCH/));

const connection = (page: Page) => page.evaluate(() => ICF.Parley.connection);

for (const treatment of ['stripped', 'swallowed'] as const) {
  test(`WebSockets are ${treatment}: a whole conversation by HTTP`, async ({ behind, sdk, wire }) => {
    const proxy = await behind(treatment);
    const agent = await wire.agent('agent1');
    const page = await sdk({ server: proxy.url });
    const { token } = await enter(page); // fails if the session is not open within 15 s
    expect(await connection(page)).toMatchObject({ state: 'open', transport: 'http' });
    const chatId = await openChat(page);
    await attended(page, agent, chatId);

    await agent.request('messages:new', { chatId, message: 'hello' });
    expect((await event(page, 'message:received')).message.message).toBe('hello');
    await page.evaluate(() => window.chat.sendUserActivity('writing'));
    await agent.next('users:activity', (data) => data.type === 'writing');
    await agent.request('users:activity', { chatId, type: 'writing' });
    expect(await event(page, 'user:activity')).toMatchObject({ type: 'writing' });
    await page.evaluate(() => Promise.all(Array.from({ length: 50 }, (_, n) => window.chat.sendMessage(`up ${n}`))));
    const sent = await page.evaluate(() => window.chat.sendMedia(new File(['by HTTP'], 'note.txt', { type: 'text/plain' })));
    expect(sent.media).toMatchObject({ name: 'note.txt' });

    await page.reload();
    await page.waitForFunction(() => 'ICF' in window);
    expect(await restore(page)).toMatchObject({ logged: true, chats: [chatId] });
    expect(await connection(page)).toMatchObject({ state: 'open', transport: 'http' });
    expect((await said(page)).slice(0, 51)).toEqual(['hello', ...Array.from({ length: 50 }, (_, n) => `up ${n}`)]);

    await page.evaluate(() => ICF.Lobby.close());
    const headers = { 'x-hyper-appId': 'demo', 'x-hyper-token': token, 'content-type': 'application/json' };
    const write = () => fetch(`${proxy.url}/v1/chats/${chatId}/messages`, { method: 'POST', headers, body: '{"message":"late"}' });
    await expect.poll(async () => (await write()).status, 'the session has ended').toBe(401);
  });
}

test('WebSockets that are cut after 2 s: nothing is lost, and HTTP takes over', async ({ behind, sdk, wire }) => {
  const proxy = await behind({ cutAfter: 2000 });
  const agent = await wire.agent('agent1');
  const page = await sdk({ server: proxy.url });
  await enter(page);
  expect(await connection(page)).toMatchObject({ state: 'open', transport: 'websocket' });
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  let said = 0;
  await expect(async () => {
    await agent.request('messages:new', { chatId, message: `down ${said++}` });
    expect(await connection(page)).toMatchObject({ state: 'open', transport: 'http' });
  }).toPass({ timeout: 30_000, intervals: [100] });
  const texts = () =>
    page.evaluate(() => window.seen.filter(([name]) => name === 'message:received').map(([, data]) => data.message.message));
  await expect.poll(texts).toHaveLength(said);
  expect(await texts()).toEqual(Array.from({ length: said }, (_, n) => `down ${n}`));
});

for (const how of ['short', 'shortened'] as const) {
  test(`an answer that is cut in mid-frame (${how}) is a lost connection: nothing is lost or comes twice`, async ({
    behind,
    sdk,
    wire,
  }) => {
    const proxy = await behind('stripped');
    const agent = await wire.agent('agent1');
    const page = await sdk({ server: proxy.url });
    await enter(page);
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    for (let n = 0; n < 30; n++) {
      if (n % 10 === 5) proxy.spoil.push(how);
      await agent.request('messages:new', { chatId, message: `down ${n}` });
      await page.evaluate((n) => window.chat.sendMessage(`up ${n}`), n);
    }
    expect(proxy.spoil).toEqual([]);
    const history = () => said(page).then((texts) => (texts as string[]).filter((text) => text.startsWith('down')));
    await expect.poll(history).toHaveLength(30);
    expect(await history()).toEqual(Array.from({ length: 30 }, (_, n) => `down ${n}`));
    const ups = await page.evaluate(() => window.chat.history.map(({ message }) => message).filter((text: any) => text.startsWith('up')));
    expect(ups).toEqual(Array.from({ length: 30 }, (_, n) => `up ${n}`));
  });
}

test('what waits in the outbox goes by HTTP, in order, after the server was away', async ({ behind, sdk, server, guard }) => {
  guard.allow(/status of 410 \(Gone\) \(.*\/v1\/socket\)/); // of the connection that the server had before
  const proxy = await behind('stripped');
  const page = await sdk({ server: proxy.url });
  await enter(page);
  await openChat(page);
  await page.evaluate(() => window.chat.sendMessage('before'));
  await server.kill();
  const sent = page.evaluate(() => Promise.all(['one', 'two', 'three'].map((text) => window.chat.sendMessage(text))));
  await server.start();
  await sent;
  expect(await said(page)).toEqual(['before', 'one', 'two', 'three']);
});

test('two tabs of one visitor have the same chat by HTTP', async ({ behind, sdk }) => {
  const proxy = await behind('stripped');
  const first = await sdk({ server: proxy.url });
  await enter(first);
  await openChat(first);
  const second = await sdk({ server: proxy.url });
  await restore(second);
  await first.evaluate(() => window.chat.sendMessage('from the first'));
  await expect.poll(() => said(second)).toEqual(['from the first']);
  await second.evaluate(() => window.chat.sendMessage('from the second'));
  await expect.poll(() => said(first)).toEqual(['from the first', 'from the second']);
});

test('a page that is left is noticed, as with a WebSocket', async ({ behind, sdk, server, wire }) => {
  await rest(server.url, '', 'PUT', '/settings', { chats: { visitorGrace: 0.5 } }, true);
  const proxy = await behind('stripped');
  const agent = await wire.agent('agent1');
  const page = await sdk({ server: proxy.url });
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await page.close();
  await agent.next('chats:leave', (data) => data.chatId === chatId);
});

test('where nothing gets through, the error names both ways', async ({ sdk, link, guard }) => {
  guard.allow(/./);
  const page = await sdk({ server: link.url });
  await enter(page);
  await page.reload();
  await page.waitForFunction(() => 'ICF' in window);
  await link.refuse(true);
  link.cut();
  const failed = await outcome(page, `ICF.init({ appId: 'demo' })`);
  expect(failed).toMatchObject({ code: 503, message: expect.stringMatching(/neither a WebSocket nor HTTP long polling/) });
});
