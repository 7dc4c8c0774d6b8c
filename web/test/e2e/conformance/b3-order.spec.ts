// Rules b.3: order and timing, each by its number.
import { attended, count, enter, event, expect, openChat, outcome, test } from './support.ts';

test('b.3 rule 1: events that come while Chat.init is under way reach listeners attached after it', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const { id, token } = await enter(page);
  // Another connection of the same user makes the agent come in before the page has its chat.
  const other = await wire(token);
  const { chat } = await other.request('chats:create', { creator: id, room: '1', source: '3', lang: '' });
  await other.request('chats:assign', { chatId: chat.id });
  await agent.next('invitations:new');
  const heard = await page.evaluate(async (id) => {
    const loading = ICF.Chat.init({ id });
    const chat = await loading;
    window.seen = [];
    window.chat = chat;
    await null; // as code behind an await does
    chat.on('user:joined', (data) => window.seen.push(['user:joined', data]));
    return chat.users.length;
  }, chat.id);
  expect(heard).toBe(1);
  await agent.request('invitations:accept', { chatId: chat.id });
  expect(await event(page, 'user:joined')).toMatchObject({ user: { id: agent.user.id } });
});

test('b.3 rule 1: the start as old pages do it, in their order, with nobody available', async ({ sdk }) => {
  const page = await sdk();
  const order = await page.evaluate(async () => {
    await ICF.init({ appId: 'demo', region: 'eu' });
    const available = await ICF.Api.request('/agents/available', 'GET', { roomIds: '1', langs: '' });
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Ada L', contact: 'ada@example.com', extraInfo: {} });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const chat = await ICF.Chat.init({ source: '3', lang: '', room: '1', history: [] });
    const found = await chat.searchAgent();
    (ICF as any).Helper.monitorUserActivity(document.body.appendChild(document.createElement('input')), chat, 200, 10);
    return [available.data.agents, found];
  });
  expect(order).toEqual([{ 1: 0 }, {}]);
});

test('b.3 rule 2: GET /agents/online and /settings answer what queue mode asks', async ({ opened, wire }) => {
  const ask = (path: string) => opened.page.evaluate((path) => ICF.Api.request(path, 'GET', { roomId: '1' }), path);
  expect((await ask('/agents/online')).data).toEqual({ agentsOnline: false });
  await wire.agent('agent1');
  expect((await ask('/agents/online')).data).toEqual({ agentsOnline: true });
  expect((await ask('/settings')).data.settings.queue).toMatchObject({ active: false });
});

test('b.3 rule 3: one open chat a user', async ({ opened }) => {
  expect(await outcome(opened.page, `ICF.Chat.init({ room: "1" })`)).toMatchObject({ message: 'User already has a chat' });
  await opened.page.evaluate(() => window.chat.close());
  expect(await outcome(opened.page, `ICF.Chat.init({ room: "1" }).then((chat) => chat.closed)`)).toEqual({ value: false });
});

test("b.3 rule 4: after an agent's close the connection stays, for the ticket", async ({ talk }) => {
  await talk.page.evaluate(() =>
    ICF.Lobby.addEventListener('system:info', (data) =>
      window.seen.push(['system:info', [data, ICF.Lobby.logged, !!ICF.Connection.getToken()]]),
    ),
  );
  await talk.agent.request('chats:close', { chatId: talk.chatId });
  expect(await event(talk.page, 'system:info')).toMatchObject([
    { chatId: talk.chatId, data: { ticketId: expect.any(String) } },
    true,
    true,
  ]);
});

test("b.3 rule 5: no chat:closed on the instance that closes, but on the user's other tabs", async ({ opened, sdk, context }) => {
  const other = await sdk({ page: await context.newPage() });
  await other.evaluate(async (id) => {
    await ICF.init({ appId: 'demo' });
    window.chat = ICF.Lobby.chats[id]!;
    window.seen = [];
    window.chat.on('chat:closed', (data) => window.seen.push(['chat:closed', data]));
  }, opened.chatId);
  await opened.page.evaluate(() => window.chat.close());
  expect(await event(other, 'chat:closed')).toMatchObject({ chatId: opened.chatId, userId: opened.me });
  expect(await count(opened.page, 'chat:closed')).toBe(0);
});

test('b.3 rule 6: own messages are received in other tabs only', async ({ opened, sdk, context }) => {
  const other = await sdk({ page: await context.newPage() });
  await other.evaluate(async (id) => {
    await ICF.init({ appId: 'demo' });
    window.chat = ICF.Lobby.chats[id]!;
    window.seen = [];
    window.chat.on('message:received', (data) => window.seen.push(['message:received', data]));
  }, opened.chatId);
  await opened.page.evaluate(() => window.chat.sendMessage('from the first'));
  expect(await event(other, 'message:received')).toMatchObject({ message: { message: 'from the first', sender: opened.me } });
  await other.evaluate(() => window.chat.sendMessage('from the second'));
  await event(opened.page, 'message:received');
  expect([await count(opened.page, 'message:received'), await count(other, 'message:received')]).toEqual([1, 1]);
});

test('b.3 rule 7: the own join is no user:joined', async ({ talk, wire }) => {
  const joined = () => talk.page.evaluate(() => window.seen.filter(([name]) => name === 'user:joined').map(([, data]) => data.user.id));
  expect(await joined()).toEqual([talk.agentId]);
  const other = await wire(talk.token); // the user's second connection is no join either
  await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'after it' });
  await event(talk.page, 'message:received');
  await other.next('messages:new');
  expect(await joined()).toEqual([talk.agentId]);
});

test('b.3 rule 8: searchAgent without an agent emits no forever:alone for the same attempt', async ({ opened }) => {
  expect(await opened.page.evaluate(() => window.chat.searchAgent())).toEqual({});
  await opened.page.evaluate(() => window.chat.sendMessage('what would have come before is here now'));
  expect(await count(opened.page, 'forever:alone')).toBe(0);
});

test('b.3 rule 9: system closes and assistant entries have their own senders', async ({ talk, rest }) => {
  await talk.page.evaluate(
    async () => void (await (window.chat as any).importHistory([{ sender: 'assistant', message: 'beep', created: 1700000000 }])),
  );
  expect(await talk.page.evaluate(() => window.chat.history[0]!.sender)).toBe('assistant');
  await rest('DELETE', `/chats/${talk.chatId}`);
  expect(await event(talk.page, 'chat:closed')).toMatchObject({ userId: 'system' });
});

test('b.3 rule 10: agents, and only they, have a providerId', async ({ talk }) => {
  expect(await talk.page.evaluate(() => window.chat.users.map((user) => [user.id, !!user.providerId]))).toEqual([
    [talk.me, false],
    [talk.agentId, true],
  ]);
});

test('b.3 order: join, message and leave come as the log has them', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, agent, chatId);
  await Promise.all([1, 2, 3].map((n) => agent.request('messages:new', { chatId, message: String(n) })));
  await agent.request('chats:leave', { chatId });
  await event(page, 'user:left');
  expect(await page.evaluate(() => window.seen.map(([name, data]) => data.message?.message ?? name))).toEqual([
    'user:joined',
    '1',
    '2',
    '3',
    'user:left',
  ]);
});
