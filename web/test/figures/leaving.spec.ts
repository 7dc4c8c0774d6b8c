// How long others wait after a page was left by a link, and how long a page takes to catch up when
// the network is back: in each engine.
import type { Page } from '@playwright/test';
import { connectionErrors, expect, test } from '../e2e/support/fixtures.ts';
import { attended, chatEvents } from '../e2e/support/sdk.ts';
import { records } from '../e2e/support/store.ts';
import type { Wire } from '../e2e/support/wire.ts';

const lostFor = 45_000;
const print = (what: string, ms: number) => console.log(`${test.info().project.name}: ${what} ${(ms / 1000).toFixed(2)} s`);

/** A visitor who has an agent in the chat. The server is `through`, the script comes from elsewhere, so that the page always loads. */
async function talk(page: Page, address: string, through: string, agent: Wire): Promise<string> {
  await page.goto(address);
  const chatId = await page.evaluate(
    async ({ server, names }) => {
      await ICF.init({ appId: 'demo', server });
      const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
      await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
      window.seen = [];
      for (const name of names) window.chat.on(name, (data: any) => window.seen.push([name, Date.now(), data] as any));
      return window.chat.id;
    },
    { server: through, names: chatEvents },
  );
  await attended(page, agent, chatId);
  return chatId;
}

const say = (page: Page, texts: string[]) =>
  page.evaluate((texts) => texts.forEach((text) => void window.chat.sendMessage(text).catch(() => {})), texts);
const said = async (agent: Wire, text: string) => {
  await agent.next('messages:new', ({ message }) => message.message === text);
  return Date.now();
};

test('20 messages of a page that was left by a link, until the next page has sent them', async ({
  page,
  site,
  server,
  wire,
  link,
  guard,
}) => {
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const address = site.page(`${server.url}/sdk/1/icf.sdk.js`);
  await talk(page, address, link.url, agent);
  await link.refuse(true);
  link.cut();
  await say(
    page,
    Array.from({ length: 20 }, (_, i) => `waiting ${i}`),
  );
  await expect.poll(async () => (await records(page)).length).toBe(20);
  await page.evaluate((url) => void setTimeout(() => (location.href = url)), `${address}&next`);
  await page.waitForURL(`${address}&next`);
  await link.refuse(false);
  const begun = Date.now();
  await page.evaluate((server) => void ICF.init({ appId: 'demo', server }), link.url);
  print('ICF.init of the next page until the last waiting message is in the chat', (await said(agent, 'waiting 19')) - begun);
});

test('a page that was left by a link, until the agent hears it', async ({ page, site, server, wire }) => {
  const agent = await wire.agent('agent1');
  await talk(page, site.page(`${server.url}/sdk/1/icf.sdk.js`), server.url, agent);
  await page.evaluate((url) => void setTimeout(() => (location.href = url)), site.empty);
  await page.waitForURL(site.empty);
  const begun = Date.now();
  await agent.next('users:activity', ({ type }) => type === 'leave');
  print('the next page is there until the agent hears `leave` of the visitor', Date.now() - begun);
});

test('the network is back after 45 s of refusals', async ({ page, site, server, wire, link, guard }) => {
  test.setTimeout(lostFor + 120_000);
  guard.allow(connectionErrors);
  const agent = await wire.agent('agent1');
  const chatId = await talk(page, site.page(`${server.url}/sdk/1/icf.sdk.js`), link.url, agent);
  await link.refuse(true);
  link.cut();
  await say(page, ['from the tunnel']);
  await agent.request('messages:new', { chatId, message: 'meanwhile' });
  await page.evaluate((ms) => new Promise((done) => setTimeout(done, ms)), lostFor);
  const begun = Date.now();
  await link.refuse(false);
  const sent = await said(agent, 'from the tunnel');
  await page.waitForFunction(() => window.seen.some(([name]) => name === 'message:received'));
  const heard = await page.evaluate(() => (window.seen.find(([name]) => name === 'message:received') as any)[1]);
  print('the network is back until the page has sent and heard what waited', Math.max(sent, heard) - begun);
});
