// ICF.Parley.destroy over the life of a page: at random moments, without WebSockets, with scripts that come and go.
import type { Page } from '@playwright/test';
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { attended, enter, openChat, restore } from './support/sdk.ts';
import type { Wire } from './support/wire.ts';

const messages = async (agent: Wire, chatId: string): Promise<string[]> =>
  (await agent.request('chats:get', { chatId, fields: 'history' })).chat.history.map(({ message }: any) => message);
const destroy = (page: Page) => page.evaluate(() => ICF.Parley.destroy());

test('messages are sent, and the chat is ended and begun at random moments: each is in the log once, in order', async ({
  attendedPage,
  link,
  guard,
}) => {
  guard.allow(connectionErrors, /WebSocket is closed before the connection is established/);
  const { agent, page, chatId } = await attendedPage(link.url);
  const { accepted, lives, rejected } = await page.evaluate(async (server) => {
    let seed = 20;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    const told = { accepted: [] as string[], lives: 0, rejected: [] as string[] };
    let number = 0;
    while (told.lives < 25) {
      for (let i = random(4); i-- > 0; ) {
        const text = `message ${++number}`;
        const [chat] = Object.values(ICF.Lobby.getUserChats());
        chat
          ?.sendMessage(text, () => told.accepted.push(text))
          .catch(
            ({ code, reason, message }) => reason === 'destroyed-stored' || told.rejected.push(`${text}: ${code} ${reason} ${message}`),
          );
      }
      for (let i = random(3); i-- > 0; ) await new Promise((later) => setTimeout(later, random(15)));
      if (random(3) > 0) continue;
      const ended = ICF.Parley.destroy();
      if (random(2) > 0) await ended;
      const begun = ICF.init({ appId: 'demo', server });
      told.lives++;
      if (random(4) > 0) await begun;
      else begun.catch(() => {});
    }
    await ICF.Parley.destroy();
    await ICF.init({ appId: 'demo', server });
    return told;
  }, link.url);
  expect(rejected).toEqual([]);
  expect(accepted.length, `in ${lives} lives`).toBeGreaterThan(10);
  await expect.poll(() => messages(agent, chatId)).toEqual(accepted);
});

test('the others hear what they hear when a page is closed, and that the visitor is back', async ({ attendedPage }) => {
  const { agent, page, me, chatId } = await attendedPage();
  const told = () =>
    agent.pushes.filter(({ event, data }) => event === 'users:activity' && data.userId === me).map(({ data }) => data.type);
  await destroy(page);
  await agent.next('users:activity', (data) => data.userId === me && data.type === 'leave');
  await restore(page);
  await agent.next('users:activity', (data) => data.userId === me && data.type === 'not-writing');
  await page.evaluate(() => window.chat.sendMessage('back'));
  expect(await messages(agent, chatId)).toEqual(['back']);
  expect(told()).toEqual(['leave', 'not-writing']);
});

test('where WebSockets are cut off: no request is left, and the next life goes on', async ({ sdk, context, wire, guard }) => {
  guard.allow(/WebSocket/);
  const agent = await wire.agent('agent1');
  const page = await context.newPage();
  await page.addInitScript(() => {
    window.WebSocket = class extends EventTarget {
      onclose: any;
      constructor() {
        super();
        setTimeout(() => this.onclose?.({ code: 1006 }));
      }
      close(): void {}
    } as never;
  });
  await sdk({ page });
  const open = new Set<unknown>();
  page.on('request', (request) => open.add(request));
  page.on('requestfinished', (request) => open.delete(request));
  page.on('requestfailed', (request) => open.delete(request));
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  expect(await page.evaluate(() => ICF.Parley.connection.transport)).toBe('http');
  await page.evaluate(async () => {
    await window.chat.sendMessage('1');
    window.chat.sendMessage('2').catch(() => {});
  });
  await destroy(page);
  await expect.poll(() => open.size).toBe(0);
  await restore(page);
  await page.evaluate(() => window.chat.sendMessage('3'));
  expect(await messages(agent, chatId)).toEqual(['1', '2', '3']);
});

test('single-page apps: routes change, the script element goes, the document is written anew: the chat goes on', async ({
  attendedPage,
}) => {
  const { agent, page, chatId } = await attendedPage();
  await page.evaluate(() => {
    for (const script of [...document.scripts]) script.remove();
    history.pushState({}, '', '/a/b?c=d#e');
    history.replaceState({}, '', '/f');
  });
  await page.evaluate(() => window.chat.sendMessage('after a route'));
  await page.evaluate(() => {
    document.open();
    document.write('<!doctype html><title>Anew</title><p>Written anew');
    document.close();
  });
  await expect(page).toHaveTitle('Anew');
  await page.evaluate(() => window.chat.sendMessage('after document.open'));
  await agent.request('messages:new', { chatId, message: 'an answer' });
  await page.waitForFunction(() => window.seen.some(([name]) => name === 'message:received'));
  await destroy(page);
  expect((await restore(page)).chats).toEqual([chatId]);
  await page.evaluate(() => window.chat.sendMessage('after destroy'));
  expect(await messages(agent, chatId)).toEqual(['after a route', 'after document.open', 'an answer', 'after destroy']);
});

test('the script comes again, while it is live, after destroy, and in another version: one ICF, and the chat goes on', async ({
  attendedPage,
  server,
}) => {
  const { agent, page, chatId } = await attendedPage();
  const url = `${server.url}/sdk/1/icf.sdk.js`;
  const warned: string[] = [];
  page.on('console', (message) => message.type() === 'warning' && warned.push(message.text()));
  await page.evaluate(() => ((window as any).first = ICF));
  const same = () => page.evaluate(() => (window as any).first === ICF && ICF.Parley.version);
  await page.addScriptTag({ url });
  expect(await same()).toBe('1.0.0');
  await page.evaluate(() => window.chat.sendMessage('live'));
  await destroy(page);
  await page.addScriptTag({ url });
  const source = await (await fetch(url)).text();
  await page.addScriptTag({ content: source.replaceAll('1.0.0', '1.0.1') });
  expect(await same()).toBe('1.0.0');
  expect(warned).toEqual([expect.stringContaining('Parley 1.0.0 is already on this page; 1.0.1 is not used')]);
  expect((await restore(page)).chats).toEqual([chatId]);
  await page.evaluate(() => window.chat.sendMessage('again'));
  expect(await messages(agent, chatId)).toEqual(['live', 'again']);
});
