// Bad input, whole: every method with every kind of argument that a page can
// come up with, one position at a time. Each call gives a value or a ParleyError,
// and soon; the chat, the core and its memory stay as they are.
import type { Page } from '@playwright/test';
import { expect, test } from './support/fixtures.ts';
import { enter, openChat } from './support/sdk.ts';

/** Expressions of the methods with arguments that are right, in the order of index.d.ts. */
const methods: [call: string, good: string][] = [
  ['ICF.init', `[{appId: "demo"}]`],
  ['ICF.Chat.init', `[{room: "1", lang: "en", source: "3", history: []}, {assignMaxAttempts: 1, assignTimeout: 1}, false]`],
  ['ICF.Chat.init', `[{id: chat.id}]`],
  ['chat.searchAgent', `["leastBusy"]`],
  ['chat.sendUserActivity', `["writing"]`],
  ['chat.sendMessage', `["hello", () => {}]`],
  ['chat.sendMedia', `[new File(["x"], "x.txt"), () => {}]`],
  ['chat.readMessage', `["none"]`],
  ['chat.importHistory', `[[{sender: "assistant", message: "hello"}]]`],
  ['chat.readAnyUnreadMessageFromHistory', `[]`],
  ['chat.close', `[{}]`],
  ['chat.hasOtherUsers', `[]`],
  ['chat.getId', `[]`],
  ['chat.on', `["user:joined", () => {}]`],
  ['chat.once', `["user:joined", () => {}]`],
  ['chat.off', `["user:joined", () => {}]`],
  ['chat.addEventListener', `["user:joined", () => {}]`],
  ['chat.removeListener', `["user:joined", () => {}]`],
  ['ICF.Lobby.init', `[{id: ICF.Connection.me().id, token: ICF.Connection.getToken()}]`],
  ['ICF.Lobby.getUserChats', `[]`],
  ['ICF.Lobby.addEventListener', `["system:info", () => {}]`],
  ['ICF.Events.send', `["users:chats", {userId: ICF.Connection.me().id}]`],
  ['ICF.Events.subscribe', `["messages:new", () => {}]`],
  ['ICF.Events.unsubscribe', `["messages:new", () => {}]`],
  ['ICF.Api.request', `["/agents/available", "GET", {roomIds: ["1"]}]`],
  ['ICF.Api.request', `["/users", "POST", {name: "Someone"}]`],
  ['ICF.Connection.me', `[]`],
  ['ICF.Connection.getToken', `[]`],
  ['ICF.Helper.monitorUserActivity', `[document.body, chat, 200, 10]`],
  ['ICF.Helper.downloadMedia', `[{url: "/media/" + chat.id + "-none", name: "a"}]`],
  ['ICF.Helper.downloadConversation', `[chat.id, {download: false, format: "json", ticketId: "1"}, {token: ICF.Connection.getToken()}]`],
  ['ICF.Parley.preload', `[]`],
  ['ICF.Parley.stats', `[]`],
  ['ICF.Parley.identity', `[() => null]`],
  ['ICF.Parley.on', `["error", () => {}]`],
];

/** What a page can pass, by name; made anew for each call. */
const values = `({
  undefined: () => undefined, null: () => null, true: () => true, five: () => 5, "not a number": () => NaN, minus: () => -1, infinite: () => Infinity,
  empty: () => "", word: () => "x", "half a pair": () => "\\ud800", proto: () => "__proto__", "10 MB": () => "/" + "é".repeat(10 << 20),
  bigint: () => 10n, symbol: () => Symbol("s"), array: () => [1, [2]], object: () => ({}), bare: () => Object.create(null), date: () => new Date(), "no date": () => new Date(NaN),
  "function": () => () => {}, "a function that throws": () => () => { throw new Error("on purpose") },
  "zero bytes": () => new File([], "x.txt"), blob: () => new Blob(["x"]), element: () => document.createElement("p"), window: () => window,
  cyclic: () => { const a = {}; a.a = a; return a }, "with bigint": () => ({ a: 10n, url: 10n, id: 10n, room: 10n }), "with symbols": () => ({ id: Symbol("s"), url: Symbol("s"), a: Symbol("s") }),
  deep: () => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return { a } }, "10 MB inside": () => ({ a: "x".repeat(10 << 20), id: "x".repeat(10 << 20), url: "/media/" + "x".repeat(10 << 20) }),
  "toJSON throws": () => ({ toJSON() { throw new Error("toJSON") } }), "toJSON of another": () => ({ toJSON: () => ({ room: "1" }) }), "toString throws": () => ({ toString() { throw new Error("toString") } }),
  getters: () => new Proxy({}, { get() { throw new Error("getter") } }), proxy: () => new Proxy({}, Object.fromEntries(Reflect.ownKeys(Reflect).filter((k) => typeof k === "string").map((k) => [k, () => { throw { no: "error" } }]))),
  "throws what throws": () => new Proxy({}, { get() { throw { toString() { throw 1 } } }, ownKeys() { throw Symbol("s") } }),
  revoked: () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy }, frozen: () => Object.freeze({ id: "x" }), thenable: () => ({ then() { throw new Error("then") } }),
})`;

/** Makes the calls and gives their number, and a line for each that came to no good end. */
function abuse(page: Page, call: string, good: string): Promise<{ calls: number; wrong: string[] }> {
  return page.evaluate(
    async ([call, good, values]) => {
      const run = (expression: string): any => (0, eval)(expression);
      const made: Record<string, () => unknown> = run(values);
      const on = call.slice(0, call.lastIndexOf('.'));
      const name = call.slice(on.length + 1);
      const wrong: string[] = [];
      let calls = 0;
      const judge = async (what: string, args: unknown[]) => {
        if (window.chat.closed) window.chat = await ICF.Chat.init({ room: '1' });
        const target = run(on);
        calls++;
        let late: ReturnType<typeof setTimeout>;
        const tooLate = new Promise((_, reject) => (late = setTimeout(reject, 20_000, new Error('it does not end'))));
        try {
          const given = target[name](...args);
          await Promise.race([given, tooLate]);
        } catch (thrown: any) {
          const { code, message, error } = thrown ?? {};
          const good =
            thrown instanceof Error &&
            thrown.name === 'ParleyError' &&
            code >= 400 &&
            code <= 503 &&
            error.code === code &&
            message.length <= 1001;
          if (!good) wrong.push(`${call}(${what}): ${thrown?.name} ${code} ${String(message).slice(0, 200)}`);
        } finally {
          clearTimeout(late!);
        }
      };
      await judge('', []);
      const count = run(good).length;
      for (let i = 0; i < count; i++) {
        for (const [kind, make] of Object.entries(made)) {
          const args = run(good);
          args[i] = make();
          await judge(`argument ${i} ${kind}`, args);
        }
      }
      await judge('too many', [...run(good), ...Object.values(made).map((make) => make())]);
      return { calls, wrong };
    },
    [call, good, values] as const,
  );
}

test('every method with every kind of argument', async ({ sdk, guard }) => {
  test.setTimeout(240_000);
  guard.allow(/status of 4\d\d/, /on purpose/);
  const page = await sdk();
  await enter(page);
  await openChat(page);
  let all = 0;
  for (const [call, good] of methods) {
    const { calls, wrong } = await abuse(page, call, good);
    expect(wrong, call).toEqual([]);
    all += calls;
    expect(
      await page.evaluate(async (call) => {
        if (window.chat.closed) window.chat = await ICF.Chat.init({ room: '1' });
        return (await window.chat.sendMessage(`after ${call}`)).message.message;
      }, call),
    ).toBe(`after ${call}`);
  }
  expect(all).toBeGreaterThan(1500);
  const stats = await page.evaluate(() => ICF.Parley.stats()!);
  expect(stats.memory, "what was refused did not fill the core's memory").toBeLessThan(48 << 20);
});

test('methods without their object, and callbacks that throw', async ({ sdk, guard }) => {
  guard.allow(/on purpose/);
  const page = await sdk();
  await enter(page);
  await openChat(page);
  const detached = await page.evaluate(async () => {
    const { sendMessage, close } = window.chat;
    const { request } = ICF.Api;
    const outcomes = [sendMessage('x'), close.call(undefined as any), sendMessage.call({ id: 'x' } as any, 'x')].map((promise) =>
      promise.then(
        () => 0,
        ({ code }) => code,
      ),
    );
    return [...(await Promise.all(outcomes)), (await request('/agents/available', 'GET', { roomIds: '1' })).data.agents['1']];
  });
  expect(detached).toEqual([400, 400, 400, 0]);
  const sent = await page.evaluate(() =>
    window.chat
      .sendMessage('hi', () => {
        throw new Error('on purpose');
      })
      .then(({ message }) => message.message),
  );
  expect(sent).toBe('hi');
});
