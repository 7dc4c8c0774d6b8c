// Table a.2: ICF.Chat and the methods of a chat.
import { enter, event, expect, fileOf, outcome, pixel, test } from './support.ts';

test('a.2 init: creates a chat with room, lang and source, and puts it into ICF.Lobby.chats', async ({ sdk }) => {
  const page = await sdk();
  const { id: me } = await enter(page);
  const chat = await page.evaluate(async () => {
    const chat = await ICF.Chat.init({ room: '1', lang: 'es', source: '3' }, { assignMaxAttempts: 3, assignTimeout: 20 });
    return { ...chat, same: ICF.Lobby.chats[chat.id] === chat };
  });
  expect(chat).toMatchObject({
    same: true,
    status: 'waiting',
    closed: false,
    creator: me,
    room: '1',
    lang: 'es',
    source: 3,
    users: [{ id: me }],
    history: [],
  });
});

test('a.2 init: with history, up to 150 interactions', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const { id: me } = await enter(page);
  const chat = await page.evaluate(async (me) => {
    const begun = Math.floor(Date.now() / 1000) - 1000;
    const history = Array.from({ length: 150 }, (_, i) => ({
      sender: i % 2 ? 'assistant' : me,
      message: `line ${i}`,
      created: begun + i,
      type: 'text' as const,
    }));
    const chat = (window.chat = await ICF.Chat.init({ room: '1', lang: '', source: '3', history }));
    return { id: chat.id, history: chat.history.map(({ sender, message }) => [sender, message]) };
  }, me);
  expect(chat.history).toHaveLength(150);
  expect(chat.history.slice(0, 2)).toEqual([
    [me, 'line 0'],
    ['assistant', 'line 1'],
  ]);
  await page.evaluate(() => window.chat.searchAgent());
  await agent.next('invitations:new');
  await agent.request('invitations:accept', { chatId: chat.id });
  const seen = await agent.request('chats:get', { chatId: chat.id, fields: 'history' });
  expect(seen.chat.history).toHaveLength(150);
});

test('a.2 init: with id, loads the chat from the server', async ({ opened, sdk, context }) => {
  const { page, me, token, chatId } = opened;
  await page.evaluate(() => window.chat.sendMessage('before'));
  const other = await sdk({ page: await context.newPage() });
  const loaded = await other.evaluate(
    async ([id, token, chatId]) => {
      await ICF.init({ appId: 'demo', session: 'none' });
      await ICF.Lobby.init({ id, token });
      const chat = await ICF.Chat.init({ id: chatId });
      return {
        id: chat.id,
        users: chat.users.map((user) => user.id),
        history: chat.history.map((entry) => entry.message),
        same: ICF.Lobby.chats[chatId] === chat,
      };
    },
    [me, token, chatId] as const,
  );
  expect(loaded).toEqual({ id: chatId, users: [me], history: ['before'], same: true });
});

test('a.2 init: historyWatch decides whether what watchers do is in the history', async ({ sdk, wire }) => {
  const lead = await wire.agent('lead', []);
  for (const watched of [true, false]) {
    const page = await sdk();
    await enter(page, { appId: 'demo', session: 'none' });
    const chatId = await page.evaluate(async (watched) => {
      window.seen = [];
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' }, {}, watched);
      for (const name of ['user:joined', 'user:left'] as const) window.chat.on(name, (data) => window.seen.push([name, data]));
      return window.chat.id;
    }, watched);
    await lead.request('chats:join', { chatId, mode: 'watch' });
    await lead.request('chats:leave', { chatId });
    // What comes after them proves that they would have been there.
    await page.evaluate(() => window.chat.sendMessage('still here'));
    const told = await page.evaluate(() => window.seen.map(([name, data]) => [name, data.mode ?? '']));
    expect(told).toEqual(
      watched
        ? [
            ['user:joined', 'watch'],
            ['user:left', ''],
          ]
        : [],
    );
  }
});

test('a.2 init rejection: User already has a chat, and the chat is found by users:chats', async ({ opened }) => {
  const { page, me, chatId } = opened;
  const refused = await page.evaluate(() =>
    ICF.Chat.init({ room: '1', lang: '', source: '3' }).catch((error: any) => ({
      flat: error.message,
      nested: error.error,
      code: error.code,
    })),
  );
  expect(refused).toMatchObject({ flat: 'User already has a chat', nested: { message: 'User already has a chat' }, code: 409 });
  const found = await page.evaluate(async (userId) => {
    const { chats } = await ICF.Events.send('users:chats', { userId });
    const id = Object.keys(chats).shift()!;
    const chat = await ICF.Chat.init({ id });
    return [id, chat.id, chat === window.chat];
  }, me);
  expect(found).toEqual([chatId, chatId, true]);
});

test('a.2 searchAgent: the agent who is invited, as {agent:{id,name,nickname,providerId}}', async ({ opened, wire }) => {
  const agent = await wire.agent('agent1');
  const found = await opened.page.evaluate(() => window.chat.searchAgent('leastBusy'));
  expect(Object.keys(found.agent!).sort()).toEqual(['id', 'name', 'nickname', 'providerId']);
  expect(found.agent!.id).toBe(agent.user.id);
  expect(await opened.page.evaluate(() => window.chat.status), 'invited is not joined').toBe('waiting');
});

test('a.2 searchAgent: resolves without an agent when nobody is available', async ({ opened }) => {
  expect(await opened.page.evaluate(() => window.chat.searchAgent())).toEqual({});
});

test('a.2 sendUserActivity: writing, stop-writing and not-writing resolve {success}', async ({ talk }) => {
  for (const type of ['writing', 'stop-writing', 'not-writing'] as const) {
    expect(await talk.page.evaluate((type) => window.chat.sendUserActivity(type), type)).toMatchObject({ success: true });
    expect((await talk.agent.next('users:activity')).data).toMatchObject({ chatId: talk.chatId, userId: talk.me, type });
  }
  expect(await outcome(talk.page, `chat.sendUserActivity("sleeping")`)).toMatchObject({ code: 400 });
});

test('a.2 sendMessage: onCreate(eventId, text, sender) before the promise, which resolves {eventId, message}', async ({ talk }) => {
  const sent = await talk.page.evaluate(async () => {
    const order: unknown[] = [];
    const answer = await window.chat.sendMessage('hello', (...created) => order.push(created));
    order.push('resolved');
    return { answer, order, withoutCallback: await window.chat.sendMessage('again') };
  });
  expect(sent.order).toEqual([[sent.answer.eventId, 'hello', talk.me], 'resolved']);
  expect(sent.answer.message).toMatchObject({
    id: expect.any(String),
    chat: talk.chatId,
    sender: talk.me,
    type: 'text',
    message: 'hello',
    created: expect.any(Number),
  });
  expect(sent.withoutCallback.message.message).toBe('again');
  expect((await talk.agent.next('messages:new')).data.message).toEqual(sent.answer.message);
});

test('a.2 sendMessage: rejects on failure', async ({ talk }) => {
  await talk.agent.request('chats:close', { chatId: talk.chatId });
  await event(talk.page, 'chat:closed');
  expect(await outcome(talk.page, `chat.sendMessage("too late")`)).toMatchObject({ code: 410, isError: true, error: { code: 410 } });
});

test('a.2 readMessage: marks as read and resolves like postChatMessageResponse', async ({ talk }) => {
  const { message } = await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'read me' });
  await event(talk.page, 'message:received');
  const read = await talk.page.evaluate((id) => window.chat.readMessage(id), message.id);
  expect(read).toMatchObject({ message: { id: message.id, message: 'read me' }, userId: talk.me });
  expect((await talk.agent.next('messages:read')).data).toMatchObject({
    chatId: talk.chatId,
    userId: talk.me,
    message: { id: message.id },
  });
});

test('a.2 sendMedia: {media:{id,name,size,senderId}}, with progress from 0 to 100 that never falls', async ({ talk }) => {
  const sent: any = await talk.page.evaluate(async () => {
    const progress: number[] = [];
    const file = new File([new Uint8Array(3_000_000).fill(65)], 'notes.txt', { type: 'text/plain' });
    return { ...(await window.chat.sendMedia(file, (part: number) => progress.push(part))), progress };
  });
  expect(sent.media).toMatchObject({ id: expect.any(String), name: 'notes.txt', size: 3_000_000, senderId: talk.me });
  expect(sent.progress.at(-1)).toBe(100);
  expect(sent.progress.filter((part: number) => part === 100)).toHaveLength(1);
  expect(sent.progress).toEqual([...sent.progress].sort((a: number, b: number) => a - b));
  expect(sent.progress.every((part: unknown) => typeof part === 'number' && part >= 0)).toBe(true);
  expect((await talk.agent.next('messages:new')).data.message).toMatchObject({
    type: 'media',
    sender: talk.me,
    message: {
      id: sent.media.id,
      name: 'notes.txt',
      size: 3_000_000,
      type: expect.stringContaining('text/plain'),
      url: `/media/${sent.media.id}`,
    },
  });
});

test('a.2 sendMedia: 403 File type is not allowed, before a byte is stored, also with a lying type', async ({ talk, guard }) => {
  guard.allow(/status of 403/);
  for (const make of [
    fileOf('TVqQAAMAAAAEAAAA', 'setup.exe', 'application/octet-stream'),
    fileOf('TVqQAAMAAAAEAAAA', 'photo.png', 'image/png'),
    fileOf(btoa("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"), 'x.svg', 'image/svg+xml'),
  ])
    expect(await outcome(talk.page, `chat.sendMedia(${make})`)).toMatchObject({
      code: 403,
      message: 'File type is not allowed',
      error: { code: 403, message: 'File type is not allowed' },
    });
  expect(await talk.page.evaluate(() => window.chat.history.length)).toBe(0);
});

test('a.2 close: resolves {success}, extraData reaches the others', async ({ talk }) => {
  expect(await talk.page.evaluate(() => window.chat.close({ attended: true, reason: 'done' } as any))).toMatchObject({ success: true });
  expect((await talk.agent.next('chats:close')).data).toMatchObject({
    chatId: talk.chatId,
    userId: talk.me,
    extraData: { attended: true, reason: 'done' },
  });
});

test('a.2 hasOtherUsers: false alone, true with an agent, at once', async ({ opened, wire }) => {
  const { page, chatId } = opened;
  expect(await page.evaluate(() => window.chat.hasOtherUsers())).toBe(false);
  const agent = await wire.agent('agent1');
  await page.evaluate(() => window.chat.searchAgent());
  await agent.next('invitations:new');
  await agent.request('invitations:accept', { chatId });
  await event(page, 'user:joined');
  expect(await page.evaluate(() => window.chat.hasOtherUsers())).toBe(true);
});

test('a.2 getId: the id, at once', async ({ opened }) => {
  expect(await opened.page.evaluate(() => [window.chat.getId(), typeof window.chat.getId()])).toEqual([opened.chatId, 'string']);
});

test('a.2 importHistory: an Array at once, the full history, which reaches the server and the agent', async ({ talk, rest }) => {
  await talk.page.evaluate(() => window.chat.sendMessage('live'));
  const imported: any = await talk.page.evaluate(async () => {
    const before = Math.floor(Date.now() / 1000) - 500;
    const list: any = window.chat.importHistory([
      { sender: 'assistant', message: 'How can I help?', created: before, type: 'text' },
      { sender: ICF.Connection.me()!.id, message: 'With everything', created: before + 5 },
    ]);
    const atOnce = { isArray: Array.isArray(list), texts: [...list].map((entry: any) => entry.message) };
    const awaited = await list;
    return { ...atOnce, awaited: Array.isArray(awaited), texts2: awaited.map((entry: any) => entry.message) };
  });
  expect(imported).toEqual({
    isArray: true,
    texts: ['How can I help?', 'With everything', 'live'],
    awaited: true,
    texts2: ['How can I help?', 'With everything', 'live'],
  });
  const { data } = await talk.agent.next('history:import');
  expect(data.history).toMatchObject([
    { sender: 'assistant', message: 'How can I help?' },
    { sender: talk.me, message: 'With everything' },
  ]);
  const { history } = await rest('GET', `/chats/${talk.chatId}/history`);
  expect(history.map((entry: any) => entry.message)).toEqual(['How can I help?', 'With everything', 'live']);
});

test('a.2 on: chainable, eight times', async ({ opened }) => {
  const same = await opened.page.evaluate(() => {
    const none = () => {};
    return (
      window.chat
        .on('user:joined', none)
        .on('user:left', none)
        .on('user:activity', none)
        .on('message:received', none)
        .on('message:read', none)
        .on('chat:closed', none)
        .on('chat:intervened', none)
        .on('forever:alone', none) === window.chat
    );
  });
  expect(same).toBe(true);
});

test('a.2 readAnyUnreadMessageFromHistory: what came while the page was away, by id, in order, once, and read thereby', async ({
  talk,
}) => {
  const { page, agent, chatId, agentId } = talk;
  await page.evaluate(() => window.chat.sendMessage('mine'));
  const address = page.url();
  await page.goto('about:blank');
  const first = await agent.request('messages:new', { chatId, message: 'are you there?' });
  const second = await agent.request('messages:new', { chatId, message: 'hello?' });
  await page.goto(address);
  const unread: any = await page.evaluate(async () => {
    await ICF.init({ appId: 'demo' });
    window.chat = Object.values(ICF.Lobby.chats)[0]!;
    return {
      logged: ICF.Lobby.logged,
      once: Object.entries((window.chat as any).readAnyUnreadMessageFromHistory()),
      twice: (window.chat as any).readAnyUnreadMessageFromHistory(),
    };
  });
  expect(unread.logged).toBe(true);
  expect(unread.once.map(([id, entry]: any) => [id, entry.sender, entry.message])).toEqual([
    [first.message.id, agentId, 'are you there?'],
    [second.message.id, agentId, 'hello?'],
  ]);
  expect(unread.twice).toEqual({});
  await agent.next('messages:read', (data) => data.message.id === second.message.id);
});

test('a.2 other emitter methods: off, once, addEventListener, removeListener', async ({ talk }) => {
  await talk.page.evaluate(() => {
    const calls: Record<string, number> = ((window as any).calls = {});
    const count = (name: string) => () => void (calls[name] = (calls[name] ?? 0) + 1);
    const [gone, gone2] = [count('gone'), count('gone')];
    window.chat
      .on('message:received', gone)
      .addEventListener('message:received', gone2)
      .once('message:received', count('once'))
      .addEventListener('message:received', count('added'));
    window.chat.off('message:received', gone).removeListener('message:received', gone2);
  });
  for (const message of ['1', '2']) await talk.agent.request('messages:new', { chatId: talk.chatId, message });
  await talk.page.waitForFunction(() => (window as any).calls.added === 2);
  expect(await talk.page.evaluate(() => (window as any).calls)).toEqual({ once: 1, added: 2 });
});

test('a.2 sendMedia: a picture is shown as what it is', async ({ talk, server }) => {
  const { media }: any = await outcome(talk.page, `chat.sendMedia(${fileOf(pixel, 'pixel.png', 'image/png')})`).then(
    (done: any) => done.value,
  );
  const answer = await fetch(`${server.url}/v1/media/${media.id}`, { headers: { 'x-hyper-appId': 'demo', 'x-hyper-token': talk.token } });
  expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-content-type-options')]).toEqual([
    200,
    'image/png',
    'nosniff',
  ]);
});
