// A page proves who its user is, and goes on when the session has ended.
import { createHash, createHmac } from 'node:crypto';
import type { Page } from '@playwright/test';
import { rest } from './support/chats.ts';
import { expect, test } from './support/fixtures.ts';
import { attended, event, openChat } from './support/sdk.ts';

/** Makes tokens of a customer, as a shop's server does. */
async function shop(url: string): Promise<(sub: string, more?: object) => string> {
  const { key, secret } = await rest(url, '', 'POST', '/apps/demo/identity-keys', { alg: 'HS256' }, true);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return (sub, more) => {
    const claims = { sub, aud: 'demo', exp: Math.floor(Date.now() / 1000) + 600, name: sub, ...more };
    const text = `${part({ alg: 'HS256', kid: key.kid })}.${part(claims)}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
}

const me = (page: Page) => page.evaluate(() => ({ logged: ICF.Lobby.logged, externalId: ICF.Connection.me()?.externalId }));

for (const worker of [false, true]) {
  test(`the session ends, and two tabs go on with their chat, ${worker ? 'in a Worker' : 'in the page'}`, async ({ sdk, server, wire }) => {
    const token = await shop(server.url);
    const tabs = [await sdk(), await sdk()] as const;
    let asked = 0;
    for (const tab of tabs) {
      await tab.exposeFunction('fresh', () => (asked++, token('customer-7')));
      await tab.evaluate(async (worker) => {
        ICF.Parley.identity(() => (window as any).fresh());
        await ICF.init({ appId: 'demo', worker });
      }, worker);
      expect(await me(tab)).toEqual({ logged: true, externalId: 'customer-7' });
    }
    const [page, other] = tabs;
    const agent = await wire.agent('agent1');
    const chatId = await openChat(page);
    await attended(page, agent, chatId);
    await other.waitForFunction((id) => ICF.Lobby.chats[id]?.users.length === 2, chatId);

    const before = asked;
    const ended = await Promise.all(tabs.map((tab) => tab.evaluate(() => ICF.Connection.getToken()!)));
    const { id } = (await page.evaluate(() => ICF.Connection.me()))!;
    for (const session of new Set(ended)) {
      const digest = createHash('sha256').update(session).digest('hex');
      await rest(server.url, '', 'DELETE', `/sessions/${digest}?userId=${id}`, undefined, true);
    }
    for (const [i, tab] of tabs.entries()) await tab.waitForFunction((old) => ICF.Connection.getToken() !== old, ended[i]!);
    await agent.request('messages:new', { chatId, message: 'still there?' });
    expect((await event(page, 'message:received')).message.message).toBe('still there?');
    await page.evaluate(() => window.chat.sendMessage('yes'));
    await other.waitForFunction((id) => ICF.Lobby.chats[id]!.history.at(-1)?.message === 'yes', chatId);
    expect(await me(page)).toEqual({ logged: true, externalId: 'customer-7' });
    expect(asked - before).toBe(2);
  });
}

test('the proof of init names the user, and replaces who was here before', async ({ sdk, server, guard }) => {
  guard.allow(/status of 40[13]/);
  const token = await shop(server.url);
  const page = await sdk();
  const init = (identity: string) =>
    page.evaluate(async (identity) => {
      const errors: string[] = [];
      ICF.Parley.on('error', ({ reason }) => errors.push(reason!));
      await ICF.init({ appId: 'demo', identity });
      return errors;
    }, identity);
  await init(token('customer-1'));
  expect(await me(page)).toEqual({ logged: true, externalId: 'customer-1' });
  const first = await page.evaluate(() => ICF.Connection.getToken());

  await page.reload();
  await init(token('customer-1'));
  expect(await page.evaluate(() => ICF.Connection.getToken())).toBe(first); // the session is theirs

  await page.reload();
  await init(token('customer-2'));
  expect(await me(page)).toEqual({ logged: true, externalId: 'customer-2' });

  await page.evaluate(() => ICF.Lobby.close());
  await page.reload();
  expect(await init(token('customer-1', { aud: 'other' }))).toEqual(['bad-identity']);
  expect((await me(page)).logged).toBe(false);
});

test('a proof that has expired is replaced by a fresh one; without one the session is over', async ({ sdk, server, guard }) => {
  guard.allow(/status of 401/);
  const token = await shop(server.url);
  const page = await sdk();
  let fresh: string | null = token('customer-3');
  await page.exposeFunction('fresh', () => fresh);
  await page.evaluate(
    async (identity) => {
      ICF.Parley.identity(() => (window as any).fresh());
      await ICF.init({ appId: 'demo', identity });
    },
    token('customer-3', { exp: 1000 }),
  );
  expect(await me(page)).toEqual({ logged: true, externalId: 'customer-3' });

  fresh = null;
  const session = await page.evaluate(() => ICF.Connection.getToken()!);
  const { id } = (await page.evaluate(() => ICF.Connection.me()))!;
  const digest = createHash('sha256').update(session).digest('hex');
  await rest(server.url, '', 'DELETE', `/sessions/${digest}?userId=${id}`, undefined, true);
  await page.waitForFunction(() => !ICF.Lobby.logged);
});
