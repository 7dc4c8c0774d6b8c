// Lost connections: nothing sent is lost, nothing comes twice, and the order is
// the log's.
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { enter, openChat, outcome } from './support/sdk.ts';

test.beforeEach(({ guard }) => guard.allow(connectionErrors));

const texts = (page: any) =>
  page.evaluate(() => window.seen.filter(([name]: any) => name === 'message:received').map(([, data]: any) => data.message.message));

test('messages sent while the connection flaps arrive once, in order, in both directions', async ({ attendedPage, link }) => {
  const { agent, page, chatId } = await attendedPage(link.url);

  const sending = page.evaluate(() =>
    Promise.all(
      Array.from({ length: 120 }, (_, i) =>
        new Promise((resolve) => setTimeout(resolve, i * 15)).then(() => window.chat.sendMessage(`up ${i}`)),
      ),
    ),
  );
  const cuts = (async () => {
    for (let i = 0; i < 120; i++) {
      await agent.request('messages:new', { chatId, message: `down ${i}` });
      if (i % 30 !== 10) continue;
      await expect.poll(() => link.size).toBeGreaterThan(0); // it is back from the cut before
      link.cut();
    }
  })();
  await cuts;
  const sent = await sending;
  expect(new Set(sent.map(({ message }) => message.id)).size).toBe(120);
  await expect.poll(() => texts(page)).toHaveLength(120);
  expect(await texts(page)).toEqual(Array.from({ length: 120 }, (_, i) => `down ${i}`));
  await expect.poll(() => agent.pushes.filter(({ event, data }) => event === 'messages:new' && data.chatId === chatId).length).toBe(120);
  const log = agent.pushes
    .filter(({ event, data }) => event === 'messages:new' && data.chatId === chatId)
    .map(({ data }) => data.message.message);
  expect(log).toEqual(Array.from({ length: 120 }, (_, i) => `up ${i}`));
});

test('a message sent while offline goes out when the server is back, also after its restart', async ({ sdk, link, server }) => {
  const page = await sdk({ server: link.url });
  await enter(page);
  const chatId = await openChat(page);
  await link.refuse(true);
  link.cut();
  const sent = page.evaluate(() => window.chat.sendMessage('written in a tunnel'));
  await server.kill();
  await server.start();
  await link.refuse(false);
  expect((await sent).message).toMatchObject({ chat: chatId, message: 'written in a tunnel' });
});

test('a message for a connection that is closing goes on the next one, and the console is silent', { tag: '@page' }, async ({
  sdk,
  context,
}) => {
  await context.addInitScript(() => {
    window.WebSocket = class extends WebSocket {
      constructor(...args: ConstructorParameters<typeof WebSocket>) {
        super(...args);
        Object.assign(window, { latest: this });
      }
    };
  });
  const page = await sdk();
  await enter(page);
  await openChat(page);
  const { state, sent } = await page.evaluate(async () => {
    const { latest } = window as unknown as { latest: WebSocket };
    latest.close();
    const sending = window.chat.sendMessage('to whom');
    return { state: latest.readyState, sent: await sending };
  });
  expect(state).toBe(2);
  expect(sent.message.message).toBe('to whom');
});

test('a half-open connection is noticed when the page is seen again', async ({ sdk, link }) => {
  const page = await sdk({ server: link.url });
  await enter(page);
  await openChat(page);
  link.hold(true);
  const before = link.accepted;
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await expect.poll(() => link.accepted).toBeGreaterThan(before);
  link.hold(false);
  expect(await outcome(page, `chat.sendMessage("back").then((sent) => sent.message.message)`)).toEqual({ value: 'back' });
});

test('the server never closes first: a browser is told bye, closes with 1000 and sees 1000', async ({ page, server, site }) => {
  await page.goto(site.empty);
  const ends = page.evaluate(
    (url) =>
      new Promise<{ bye: any; code: number }>((resolve) => {
        const socket = new WebSocket(url);
        let bye: any;
        socket.onopen = () => socket.send(JSON.stringify({ id: '1', event: 'session:open', data: { appId: 'demo', token: 'wrong' } }));
        socket.onmessage = ({ data }) => {
          const frame = JSON.parse(data);
          if (frame.event !== 'bye') return;
          bye = frame.data;
          socket.close(1000);
        };
        socket.onclose = ({ code }) => resolve({ bye, code });
      }),
    `${server.url.replace('http', 'ws')}/v1/socket`,
  );
  expect(await ends).toMatchObject({ code: 1000, bye: { code: expect.any(Number), reason: expect.any(String) } });
});

test('a server that is stopped says bye, and the conversation goes on when it is back', async ({ sdk, server }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.evaluate(() => window.chat.sendMessage('before'));
  await server.stop();
  await server.start();
  expect(await outcome(page, `chat.sendMessage("after").then((sent) => sent.message.message)`)).toEqual({ value: 'after' });
  expect(await page.evaluate(() => window.chat.history.map(({ message }) => message))).toEqual(['before', 'after']);
});
