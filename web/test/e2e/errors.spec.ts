// Bad input: each is a rejection with a real Error that names what is wrong, and
// the page, the core and the server go on.
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { enter, openChat, outcome } from './support/sdk.ts';

function refusal(code: number, message: RegExp) {
  return { code, isError: true, message: expect.stringMatching(message), error: { code, message: expect.stringMatching(message) } };
}

test('calls before init, wrong app, and a second try that succeeds', async ({ sdk, guard }) => {
  guard.allow(/status of 40[14]/); // the browser's own line about the refused app
  const page = await sdk();
  expect(await outcome(page, `ICF.Chat.init({room: "1"})`)).toMatchObject(refusal(400, /call ICF\.init first/));
  expect(await outcome(page, `ICF.Lobby.init({id: "a", token: "b"})`)).toMatchObject(refusal(400, /call ICF\.init first/));
  expect(await outcome(page, `ICF.Api.request("/users", "GET")`)).toMatchObject(refusal(400, /call ICF\.init first/));
  expect(await outcome(page, `ICF.init()`)).toMatchObject(refusal(400, /options/));
  expect(await outcome(page, `ICF.init({})`)).toMatchObject(refusal(400, /appId/));
  expect(await outcome(page, `ICF.init({appId: "nonsense"})`)).toMatchObject({ isError: true, message: expect.stringMatching(/nonsense/) });
  expect(await page.evaluate(() => ICF.isInit)).toBe(false);
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
});

test('arguments of the wrong type name the argument', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  for (const [expression, message] of [
    [`chat.sendMessage(5)`, /message/],
    [`chat.sendMessage()`, /message/],
    [`chat.sendMessage("x", "no function")`, /onCreate/],
    [`chat.readMessage({})`, /messageId/],
    [`chat.sendUserActivity("dancing")`, /type/],
    [`chat.close("because")`, /extraData/],
    [`ICF.Chat.init({room: {}})`, /room/],
    [`ICF.Chat.init({room: "1"}, {assignTimeout: "soon"})`, /assignTimeout/],
    [`ICF.Chat.init({id: 7})`, /id/],
    [`ICF.Lobby.init({id: "x"})`, /token/],
    [`ICF.Events.send(1)`, /event/],
    [`ICF.Api.request("users")`, /path/],
  ] as const) {
    expect(await outcome(page, expression), expression).toMatchObject(refusal(400, message));
  }
});

test('a second open chat, an unknown chat, unknown events and messages', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  expect(await outcome(page, `ICF.Chat.init({room: "1"})`)).toMatchObject(refusal(409, /^User already has a chat$/));
  expect(await outcome(page, `ICF.Chat.init({id: "nochat"})`)).toMatchObject(refusal(404, /nochat|chat/));
  expect(await outcome(page, `ICF.Events.send("no:such", {})`)).toMatchObject(refusal(404, /no:such/));
  expect(await outcome(page, `chat.readMessage("nonsense")`)).toMatchObject({ isError: true, code: expect.any(Number) });
  expect(await outcome(page, `chat.searchAgent("astrology")`)).toMatchObject(refusal(400, /astrology/));
  expect(await outcome(page, `chat.sendMessage("still alive").then(() => "yes")`)).toEqual({ value: 'yes' });
});

test('empty and over-long messages, at the limit and beyond', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  expect(await outcome(page, `chat.sendMessage("")`)).toMatchObject(refusal(400, /empty/));
  expect(await outcome(page, `chat.sendMessage("é".repeat(10001))`)).toMatchObject(refusal(413, /10001.*10000/));
  expect(await outcome(page, `chat.sendMessage("😀".repeat(10000)).then((sent) => [...sent.message.message].length)`)).toEqual({
    value: 10000,
  });
  expect(await outcome(page, `ICF.Events.send("messages:new", {chatId: chat.id, message: "x".repeat(400000)})`)).toMatchObject({
    code: 413,
    isError: true,
  });
});

test('a chat that is closed refuses everything', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  await page.evaluate(() => window.chat.close());
  for (const call of [
    `chat.sendMessage("x")`,
    `chat.close()`,
    `chat.searchAgent()`,
    `chat.sendUserActivity("writing")`,
    `chat.readMessage("x")`,
  ]) {
    expect(await outcome(page, call), call).toMatchObject(refusal(410, /closed/));
  }
  expect(await outcome(page, `ICF.Chat.init({room: "1"}).then((chat) => chat.closed)`), 'another chat can be opened').toEqual({
    value: false,
  });
});

test('a wrong token', async ({ sdk }) => {
  const page = await sdk();
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.Lobby.init({id: "someone", token: "wrong"}))`)).toMatchObject(
    refusal(401, /token/),
  );
  expect(await page.evaluate(() => [ICF.Lobby.logged, document.cookie])).toEqual([false, '']);
  expect(await outcome(page, `ICF.Chat.init({room: "1"})`)).toMatchObject(refusal(401, /log/));
});

test('a server that is down, and up again', async ({ sdk, link, guard }) => {
  guard.allow(connectionErrors);
  const page = await sdk({ server: link.url });
  await page.evaluate(() => ICF.Parley.preload());
  await link.refuse(true);
  link.cut();
  expect(await outcome(page, `ICF.init({appId: "demo"})`)).toMatchObject(refusal(503, /reach/));
  await link.refuse(false);
  expect(await outcome(page, `ICF.init({appId: "demo"}).then(() => ICF.isInit)`)).toEqual({ value: true });
});

test('malformed, over-long and unknown frames leave the server and the connection alive', async ({ wire, server }) => {
  const { token } = await (
    await fetch(`${server.url}/v1/users`, {
      method: 'POST',
      headers: { 'x-hyper-appId': 'demo', 'content-type': 'application/json' },
      body: `{"name":"V"}`,
    }).then((reply) => reply.json())
  ).session;
  const visitor = await wire(token);
  for (const nonsense of [
    '',
    '{',
    '[]',
    'null',
    `{"event":5}`,
    `{"id":"x"}`,
    `{"id":"${'i'.repeat(129)}","event":"chats:create","data":{}}`,
    `{"id":"a","event":"chats:create","data":"no object"}`,
    'x'.repeat(300_000),
  ]) {
    visitor.send(nonsense);
  }
  expect((await visitor.request('chats:create', { room: '1' })).chat.status).toBe('waiting');
  await expect(visitor.request('no:such')).rejects.toMatchObject({ code: 404 });
  expect(visitor.bye).toBeUndefined();
});
