// Pages that are denied what browsers store: the chat works for the page's life, and nothing is thrown.
import { expect, test } from './support/fixtures.ts';
import { attended, enter, event, openChat, outcome, said } from './support/sdk.ts';

const stores: [name: string, owner: string, told: string[]][] = [
  ['cookie', 'Document.prototype', ['session cannot be stored']],
  ['localStorage', 'window', []],
  ['sessionStorage', 'window', []],
  ['indexedDB', 'window', ['messages cannot be stored']],
  ['locks', 'Navigator.prototype', []],
];

const denied = ([name, owner]: (typeof stores)[number]) => `{
  const no = () => { throw new DOMException('Access is denied for this document.', 'SecurityError'); };
  Object.defineProperty(${owner}, '${name}', { configurable: true, get: no, set: no });
}`;
const missing = ([name, owner]: (typeof stores)[number]) =>
  `Object.defineProperty(${owner}, '${name}', { configurable: true, get: () => null, set() {} });`;

for (const [how, deny] of [
  ['denied', denied],
  ['missing', missing],
] as const) {
  const cases: [string, typeof stores][] = [...stores.map((store): [string, typeof stores] => [store[0], [store]]), ['everything', stores]];
  for (const [name, all] of cases) {
    if (how === 'missing' && name !== 'everything') continue;
    for (const session of ['cookie', 'tab'] as const) {
      if (session === 'tab' && !/sessionStorage|everything/.test(name)) continue;
      test(`${name} ${how}, the session in the ${session}: a chat from its beginning to its end`, async ({ context, sdk, wire }) => {
        for (const store of all) await context.addInitScript(deny(store));
        const agent = await wire.agent('agent1');
        const page = await sdk();
        const given = all.map(
          ([store, owner]) =>
            `(() => { try { return ${owner === 'window' ? owner : owner.split('.')[0]!.toLowerCase()}.${store}; } catch { return null; } })()`,
        );
        expect(await page.evaluate(`[${given}]`), 'what the page is given').toEqual(all.map(() => null));
        await page.evaluate(() => {
          const told: string[] = [];
          Object.assign(window, { told });
          ICF.Parley.on('error', ({ message }) => told.push(message));
        });
        await enter(page, { appId: 'demo', session, setCookieOnDomain: true });
        const chatId = await openChat(page);
        await attended(page, agent, chatId);
        await page.evaluate(async () => {
          await window.chat.sendMessage('Hello');
          await window.chat.sendMedia(new File(['x'], 'x.txt', { type: 'text/plain' }));
        });
        await agent.request('messages:new', { chatId, message: 'Hello to you' });
        await event(page, 'message:received');
        expect(await said(page)).toHaveLength(3);
        expect(await outcome(page, 'chat.readAnyUnreadMessageFromHistory()')).toHaveProperty('value');
        await agent.request('chats:close', { chatId });
        await event(page, 'chat:closed');
        await page.evaluate(() => ICF.Lobby.close());
        const expected = all.flatMap(([store, , told]) => (store === 'cookie' && session === 'tab' ? [] : told));
        if (session === 'tab') expected.unshift('session cannot be stored');
        const told = await page.evaluate(() => (window as any).told as string[]);
        expect(told).toHaveLength(expected.length);
        for (const words of expected) expect(told).toContainEqual(expect.stringContaining(words));
      });
    }
  }
}
