// ICF.Chat's importHistory, from the page to the log: an array at once, the rest
// in the background, through whatever comes in between.
import { connectionErrors, expect, test } from './support/fixtures.ts';
import { enter, event, openChat, outcome, restore, said, stored } from './support/sdk.ts';

test('the array comes at once: what Chat.init was given, all imports and what was said, by time', async ({ sdk, server }) => {
  const page = await sdk();
  const { token } = await enter(page);
  const lists = await page.evaluate(async () => {
    const entry = (message: string, created: number) => ({ sender: 'assistant', message, created });
    window.chat = await ICF.Chat.init({ room: '1', history: [entry('given 2', 20), entry('given 1', 10)] });
    await window.chat.sendMessage('live');
    const texts = (list: any[]) => list.map(({ message }) => message);
    const first = window.chat.importHistory([
      entry('between', 15),
      { ...entry('mine', 15), sender: ICF.Connection.me()!.id, type: 'object' } as any,
    ]);
    const atOnce = [Array.isArray(first), ...texts([...first])];
    const second = window.chat.importHistory([entry('the oldest', 1), entry('last', 20)]);
    const both = texts([...second]);
    second.push("the page's own" as any); // a copy: what the page does to it is its own affair
    const awaited = [texts(await first), texts(await second)];
    return { atOnce, both, awaited, then: Object.keys(first).includes('then') };
  });
  const all = ['the oldest', 'given 1', 'between', 'mine', 'given 2', 'last', 'live'];
  expect(lists).toEqual({ atOnce: [true, 'given 1', 'between', 'mine', 'given 2', 'live'], both: all, awaited: [all, all], then: false });
  expect(await said(page)).toEqual(all);
  expect(await page.evaluate(() => window.chat.history.map(({ id, imported }) => [id !== '', !!imported]))).toEqual([
    ...Array(6).fill([true, true]),
    [true, false],
  ]);
  await page.reload();
  await restore(page);
  expect(await said(page), 'the next page has the same').toEqual(all);
  const { history }: any = await (
    await fetch(`${server.url}/v1/chats/${await page.evaluate(() => window.chat.id)}/history`, {
      headers: { 'x-hyper-appId': 'demo', 'x-hyper-token': token },
    })
  ).json();
  expect(
    history.map(({ message }: any) => message),
    'and so has the server',
  ).toEqual(all);
});

test('an import that was not acknowledged goes on through a reload and a restart of the server, and has its effect once', async ({
  sdk,
  link,
  server,
  wire,
  guard,
}) => {
  guard.allow(connectionErrors);
  const page = await sdk({ server: link.url });
  const { token } = await enter(page);
  const chatId = await openChat(page);
  await link.refuse(true);
  link.cut();
  await page.evaluate(() => {
    for (const part of ['a', 'b']) window.chat.importHistory([{ sender: 'assistant', message: part, created: 1000 }]);
  });
  expect(await said(page)).toEqual(['a', 'b']);
  await expect.poll(() => page.evaluate(stored)).toBe(2);
  await server.kill();
  await server.start();
  await link.refuse(false);
  await page.reload();
  await page.waitForFunction(() => 'ICF' in window);
  expect(await restore(page)).toEqual({ logged: true, chats: [chatId] });
  await expect.poll(() => said(page)).toEqual(['a', 'b']);
  await expect.poll(() => page.evaluate(stored)).toBe(0);
  await page.reload();
  await page.waitForFunction(() => 'ICF' in window);
  await restore(page);
  expect(await said(page)).toEqual(['a', 'b']);
  const { chat } = await (await wire(token)).request('chats:get', { chatId, fields: 'history' });
  expect(chat.history.map(({ message }: any) => message)).toEqual(['a', 'b']);
});

test('an import whose answer was lost is there once', async ({ sdk, context, wire }) => {
  const page = await context.newPage();
  let lost = false;
  await page.routeWebSocket(/\/v1\/socket/, (socket) => socket.connectToServer().onMessage((frame) => void (lost || socket.send(frame))));
  await sdk({ page });
  const { token } = await enter(page);
  const chatId = await openChat(page);
  const other = await wire(token);
  lost = true;
  await page.evaluate(() => void window.chat.importHistory([{ sender: 'assistant', message: 'once', created: 1000 }]));
  await other.next('history:import');
  await expect.poll(() => page.evaluate(stored)).toBe(1);
  lost = false;
  await page.reload();
  await restore(page);
  await expect.poll(() => page.evaluate(stored)).toBe(0);
  expect(await said(page)).toEqual(['once']);
  const { chat } = await other.request('chats:get', { chatId, fields: 'history' });
  expect(chat.history).toHaveLength(1);
});

test('a refusal is an `error` event of the chat; the entries are gone again, and the chat goes on', async ({
  attendedPage,
  link,
  guard,
}) => {
  guard.allow(connectionErrors);
  const { agent, page, chatId } = await attendedPage(link.url);
  await page.evaluate(() => window.chat.sendMessage('hello'));
  await page.evaluate(() => {
    window.chat.on('error', (data) => window.seen.push(['error', data]));
    ICF.Parley.on('error', (data) => window.seen.push(['parley error', data]));
  });
  await link.refuse(true);
  link.cut();
  const awaited = page.evaluate(async () => {
    const list = window.chat.importHistory([{ sender: 'assistant', message: 'too late', created: 1000 }]);
    return [
      list.length,
      await list.then(
        () => 'taken',
        ({ code }) => code,
      ),
    ];
  });
  await agent.request('chats:close', { chatId });
  await link.refuse(false);
  expect(await event(page, 'error')).toEqual({ code: 410, reason: 'chat-closed', message: expect.any(String), chatId });
  expect(await event(page, 'parley error')).toEqual({ code: 410, reason: 'chat-closed', message: expect.any(String), chatId });
  expect(await awaited).toEqual([2, 410]);
  expect(await said(page)).toEqual(['hello']);
  expect(
    await outcome(page, `chat.importHistory([{sender: "assistant", message: "after it"}])`),
    'who awaits the array is told',
  ).toMatchObject({ code: 410, isError: true });
  await expect.poll(() => page.evaluate(stored)).toBe(0);
  expect(await outcome(page, `ICF.Chat.init({room: "1"}).then((chat) => chat.history)`)).toEqual({ value: [] });
});

test('bad entries are refused at once and whole, with the entry, the field and what it must be', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  const fine = `{sender: "assistant", message: "fine", created: 1}`;
  for (const [history, code, message] of [
    [`undefined`, 400, 'history must be an array, got undefined'],
    [`(() => { const list = []; list.push(list); return list })()`, 400, 'history[0] must be an object, got an array'],
    [
      `(() => { const entry = {sender: "a"}; entry.message = entry; return [entry] })()`,
      400,
      'history[0].message must be a string, got object',
    ],
    [`[${fine}, {...${fine}, type: "media"}]`, 400, "history[1].type must be one of 'text', 'object', got 'media'"],
    [`[${fine}, {...${fine}, created: "yesterday"}]`, 400, 'history[1].created must be a time in unix seconds'],
    [`[{...${fine}, created: Date.now()}]`, 400, 'history[0].created must be a time in unix seconds'],
    [`[{...${fine}, message: "x".repeat(10001)}]`, 413, 'history[0].message is too long, at most 10000 characters'],
    [`[{...${fine}, sender: ""}]`, 400, 'history[0].sender must be a non-empty string'],
    [`Array(10001).fill(${fine})`, 413, 'history has 10001 entries, at most 10000 are allowed'],
    [`[{get sender() { throw new Error("getter") }, message: "x"}]`, 400, 'getter'],
  ] as const) {
    const refused = { code, isError: true, message: expect.stringContaining(message), error: { code } };
    expect(await outcome(page, `(() => chat.importHistory(${history}))()`), history).toMatchObject(refused);
    expect(await outcome(page, `ICF.Chat.init({room: "1", history: ${history === 'undefined' ? '5' : history}})`), history).toMatchObject({
      code,
      isError: true,
    });
  }
  expect(await page.evaluate(() => window.chat.history.length)).toBe(0);
  expect(
    await outcome(
      page,
      `chat.importHistory([{...${fine}, more: (() => { const a = {}; a.a = a; return a })()}]).then((list) => list.length)`,
    ),
    'what is no part of an entry is left out',
  ).toEqual({ value: 1 });
  expect(await outcome(page, `chat.sendMessage("and it goes on").then(({ message }) => message.message)`)).toEqual({
    value: 'and it goes on',
  });
});

test('10,000 entries: at once in the page, all in the log, and there again after a reload', async ({ attendedPage }) => {
  test.setTimeout(90_000);
  const { agent, page } = await attendedPage();
  const taken = await page.evaluate(async () => {
    const list = window.chat.importHistory(
      Array.from({ length: 10_000 }, (_, i) => ({ sender: i % 2 ? 'assistant' : 'someone', message: `entry ${i}`, created: 10_000 - i })),
    );
    const ends = [list.length, list[0]!.message, list.at(-1)!.message];
    const sent = await window.chat.sendMessage('meanwhile');
    return [...ends, (await list).every(({ id }) => id), sent.message.message];
  });
  expect(taken).toEqual([10_000, 'entry 9999', 'entry 0', true, 'meanwhile']);
  await agent.next('messages:new');
  expect(agent.pushes.filter(({ event }) => event === 'history:import').flatMap(({ data }) => data.history)).toHaveLength(10_000);
  await page.reload();
  await restore(page);
  const again = await page.evaluate(() => [
    window.chat.history.length,
    window.chat.history[0]!.message,
    window.chat.history.at(-1)!.message,
    new Set(window.chat.history.map(({ id }) => id)).size,
  ]);
  expect(again).toEqual([10_001, 'entry 9999', 'meanwhile', 10_001]);
});
