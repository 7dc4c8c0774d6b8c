// Several frames travel in one message of a WebSocket, once the server has said that it takes such messages.
import { expect, loginAgent, test } from './support/fixtures.ts';
import { enter, openChat } from './support/sdk.ts';

test('a burst goes out in few messages, comes in in few, and keeps its order', async ({ sdk, server, newContext }) => {
  const page = await sdk();
  const desk = await sdk({ page: await (await newContext()).newPage() });
  const count = { sent: 0, received: 0 };
  page.on('websocket', (socket) => socket.on('framesent', () => void count.sent++));
  desk.on('websocket', (socket) => socket.on('framereceived', () => void count.received++));
  await enter(page);
  await openChat(page);
  const { user, token } = await loginAgent(server.url, 'agent1');
  await desk.evaluate(
    async ([id, token]) => {
      await ICF.init({ appId: 'demo', session: 'none' });
      await ICF.Lobby.init({ id, token });
      window.seen = [];
      ICF.Events.subscribe('invitations:new', async ({ chatId: id }: any) => {
        await ICF.Events.send('invitations:accept', { chatId: id });
        window.chat = await ICF.Chat.init({ id });
        window.chat.on('message:received', ({ message }) => window.seen.push(['message:received', message.message]));
      });
      await ICF.Events.send('agents:available', { available: true });
    },
    [user.id, token] as const,
  );
  await page.evaluate(() => window.chat.searchAgent());
  await desk.waitForFunction(() => window.chat);

  const texts = Array.from({ length: 50 }, (_, n) => `message ${n}`);
  const before = { ...count };
  await page.evaluate((texts) => Promise.all(texts.map((text) => window.chat.sendMessage(text))), texts);
  await expect.poll(() => desk.evaluate(() => window.seen.map(([, text]) => text))).toEqual(texts);
  expect(count.sent - before.sent, 'messages that the WebSocket has sent').toBeLessThan(10);
  expect(count.received - before.received, 'messages that the other one has received').toBeLessThan(25);
});
