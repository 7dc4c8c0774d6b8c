// The documented interface, called as a page calls it, against the real server;
// the agent's part is played on the bare wire.
import { expect, test } from './support/fixtures.ts';
import { attended, count, enter, event, openChat } from './support/sdk.ts';

test('the global is there when the script has run, and nothing more is fetched before init', async ({ sdk }) => {
  const page = await sdk();
  const fetched = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .flatMap(({ name }) => /\/(engine|parley)\.\w+\.(js|wasm)$/.exec(name)?.slice(1).join('.') ?? [])
        .sort(),
    );
  expect(await page.evaluate(() => [typeof ICF, ICF.isInit, ICF.Lobby.logged])).toEqual(['object', false, false]);
  expect(await fetched()).toEqual([]);
  await page.evaluate(() => ICF.init({ appId: 'demo' }));
  expect(await page.evaluate(() => ICF.isInit)).toBe(true);
  expect(await fetched()).toEqual(['engine.js', 'parley.wasm']);
  expect(await page.evaluate(() => document.scripts.length), 'and leaves no trace').toBe(1);
});

test('init with the old options reaches the origin of the script', async ({ sdk, server }) => {
  const page = await sdk();
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  await page.evaluate(() => ICF.init({ appId: 'demo', region: 'eu' }));
  expect([...hosts]).toEqual([new URL(server.url).host]);
});

test('icfAsyncInit is called, also as a top-level const', async ({ page, site, server }) => {
  await page.goto(site.empty);
  await page.addScriptTag({ content: "const icfAsyncInit = () => { document.title = 'called ' + typeof ICF.init }" });
  await page.addScriptTag({ url: `${server.url}/sdk/1/icf.sdk.js` });
  await expect(page).toHaveTitle('called function');
});

test('a text conversation, method by method and event by event', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent1');
  const page = await sdk();
  const { id: me } = await enter(page);
  const chatId = await openChat(page);

  expect(
    await page.evaluate(() => [
      ICF.Lobby.chats[window.chat.id] === window.chat,
      window.chat.getId() === window.chat.id,
      window.chat.hasOtherUsers(),
      window.chat.closed,
      Object.keys(window.chat).length > 0,
      Object.keys(ICF.Lobby.getUserChats()),
    ]),
  ).toEqual([true, true, false, false, true, [chatId]]);

  const found = await page.evaluate(() => window.chat.searchAgent());
  expect(Object.keys(found.agent!).sort()).toEqual(['id', 'name', 'nickname', 'providerId']);
  const invitation = await agent.next('invitations:new', (data) => data.chatId === chatId);
  expect(invitation.data.expiresAt).toBeGreaterThan(Date.now() / 1000);
  await agent.request('invitations:accept', { chatId });

  const joined = await event(page, 'user:joined');
  expect(joined).toMatchObject({ chat: { id: chatId }, mode: '', sender: found.agent!.id, transfer: false, user: { id: found.agent!.id } });
  expect(await page.evaluate(() => [window.chat.hasOtherUsers(), window.chat.users.length, window.chat.status])).toEqual([
    true,
    2,
    'active',
  ]);

  const sent = await page.evaluate(async () => {
    const created: unknown[] = [];
    const answer = await window.chat.sendMessage('hi <b>there</b> 😀', (...args) => created.push(args));
    return { answer, created };
  });
  expect(sent.created).toEqual([[sent.answer.eventId, 'hi <b>there</b> 😀', me]]);
  expect(sent.answer.message).toMatchObject({ chat: chatId, sender: me, type: 'text', message: 'hi <b>there</b> 😀' });
  const got = await agent.next('messages:new', (data) => data.chatId === chatId);
  expect(got.data.message).toEqual(sent.answer.message);

  await agent.request('messages:read', { messageId: sent.answer.message.id });
  expect(await event(page, 'message:read')).toMatchObject({ message: { id: sent.answer.message.id, sender: me }, chatId });

  await agent.request('users:activity', { chatId, type: 'writing' });
  expect(await event(page, 'user:activity')).toMatchObject({ userId: found.agent!.id, type: 'writing' });

  await agent.request('messages:new', { chatId, message: 'hello' });
  const received = await event(page, 'message:received');
  expect(received).toMatchObject({ chatId, userId: found.agent!.id, message: { sender: found.agent!.id, message: 'hello', type: 'text' } });
  const read = await page.evaluate((id) => window.chat.readMessage(id), received.message.id);
  expect(read).toMatchObject({ message: { id: received.message.id }, userId: me });
  expect((await agent.next('messages:read')).data).toMatchObject({ chatId, userId: me, message: { id: received.message.id } });

  expect(await page.evaluate(() => window.chat.sendUserActivity('writing'))).toMatchObject({ success: true });
  expect((await agent.next('users:activity')).data).toMatchObject({ chatId, userId: me, type: 'writing' });

  expect(await page.evaluate(() => window.chat.close({ reason: 'done' }))).toMatchObject({ success: true });
  expect((await agent.next('chats:close')).data).toMatchObject({ chatId, userId: me, extraData: { reason: 'done' } });
  expect(
    await page.evaluate(() => [window.chat.closed, Object.keys(ICF.Lobby.getUserChats()), ICF.Lobby.chats[window.chat.id] === window.chat]),
  ).toEqual([true, [], true]);
  expect(await count(page, 'chat:closed'), 'the closer is not told of its own close').toBe(0);
  expect(await count(page, 'message:received'), 'own messages come back to nobody').toBe(1);
});

test('an agent who leaves and one who closes', async ({ sdk, wire }) => {
  const agent = await wire.agent('agent2');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  const ticket = page.evaluate(() => new Promise((resolve) => ICF.Lobby.addEventListener('system:info', resolve)));
  await attended(page, agent, chatId);
  await agent.request('chats:leave', { chatId });
  expect(await event(page, 'user:left')).toMatchObject({
    chatId,
    userId: expect.any(String),
    user: { id: expect.any(String), nickname: expect.any(String) },
  });
  expect(await page.evaluate(() => window.chat.hasOtherUsers())).toBe(false);
  await attended(page, agent, chatId);
  await agent.request('chats:close', { chatId });
  expect(await event(page, 'chat:closed')).toMatchObject({ chatId, userId: expect.any(String) });
  expect(await page.evaluate(() => window.chat.closed)).toBe(true);
  expect(await ticket).toMatchObject({ chatId, data: { ticketId: expect.any(String) } });
});

test('nobody on duty: searchAgent resolves without an agent and no event follows', async ({ sdk }) => {
  const page = await sdk();
  await enter(page);
  await openChat(page);
  expect(await page.evaluate(() => window.chat.searchAgent())).toEqual({});
  await page.evaluate(() => window.chat.sendMessage('anyone?'));
  expect(await count(page, 'forever:alone')).toBe(0);
});

test('agents who do not answer: time-outs, then forever:alone once', async ({ sdk, wire }) => {
  const one = await wire.agent('agent1');
  const two = await wire.agent('agent2');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page, { assignMaxAttempts: 2, assignTimeout: 0.3 });
  await page.evaluate(() => window.chat.searchAgent());
  await Promise.all([one.next('invitations:new'), two.next('invitations:new')]);
  expect(await event(page, 'forever:alone')).toMatchObject({ chatId });
  expect(await count(page, 'forever:alone')).toBe(1);
  expect(await page.evaluate(() => window.chat.closed)).toBe(false);
});

test('listeners: on chains, once is once, off removes, one that throws stops nobody', async ({ sdk, wire, guard }) => {
  guard.allow(/thrown on purpose/);
  const agent = await wire.agent('agent1');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  await page.evaluate(() => {
    const calls = ((window as any).calls = { always: 0, once: 0, never: 0 });
    const never = () => calls.never++;
    window.chat
      .on('message:received', () => {
        throw new Error('thrown on purpose');
      })
      .on('message:received', never)
      .on('message:received', () => calls.always++)
      .once('message:received', () => calls.once++)
      .off('message:received', never);
  });
  await attended(page, agent, chatId);
  await agent.request('messages:new', { chatId, message: '1' });
  await agent.request('messages:new', { chatId, message: '2' });
  await page.waitForFunction(() => (window as any).calls.always === 2);
  expect(await page.evaluate(() => (window as any).calls)).toEqual({ always: 2, once: 1, never: 0 });
});

test("Events are the wire's own, Api adds who asks", async ({ sdk }) => {
  const page = await sdk();
  const { id } = await enter(page);
  await openChat(page);
  expect(await page.evaluate((userId) => ICF.Events.send('users:chats', { userId }), id)).toMatchObject({
    chats: { [await page.evaluate(() => window.chat.id)]: expect.anything() },
  });
  expect((await page.evaluate((id) => ICF.Api.request(`/users/${id}`, 'GET', {}), id)).data.user.id).toBe(id);
  expect(await page.evaluate(() => ICF.Connection.me()!.id)).toBe(id);
  expect(await page.evaluate(() => typeof ICF.Connection.getToken())).toBe('string');
});

test('listeners of the lobby outlive a dead session and a refused login, and go when the lobby is closed', async ({ sdk }) => {
  const page = await sdk();
  await page.evaluate(() => {
    document.cookie = 'i.cc=stale; path=/';
    window.seen = [];
    ICF.Lobby.addEventListener('system:info', (data) => window.seen.push(['first', data.chatId]));
  });
  await page.evaluate(() =>
    ICF.init({ appId: 'demo' })
      .then(() => ICF.Lobby.init({ id: 'someone', token: 'wrong' }))
      .catch(() => {}),
  );
  await enter(page);
  // One who closes the lobby in a listener may listen to it anew at once.
  const chats = await page.evaluate(async () => {
    const first = await ICF.Chat.init({ room: '1' });
    const ticket = new Promise<void>((done) =>
      ICF.Lobby.once('system:info', () => {
        void ICF.Lobby.close();
        ICF.Lobby.addEventListener('system:info', (data) => window.seen.push(['second', data.chatId]));
        done();
      }),
    );
    await first.close();
    await ticket;
    const { data } = await ICF.Api.request('/users', 'POST', { name: 'Visitor' });
    await ICF.Lobby.init({ id: data.user.id, token: data.session.token });
    const second = await ICF.Chat.init({ room: '1' });
    await second.close();
    return [first.id, second.id];
  });
  await expect
    .poll(() => page.evaluate(() => window.seen))
    .toEqual([
      ['first', chats[0]],
      ['second', chats[1]],
    ]);
});

test('a chat is handed over, and taken over', async ({ sdk, wire }) => {
  const one = await wire.agent('agent1');
  const two = await wire.agent('agent2', []); // in no room: reached by transfer only
  const lead = await wire.agent('lead', []);
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page);
  await attended(page, one, chatId);
  const [first] = await page.evaluate(() => window.chat.users.filter((user) => user.providerId).map((user) => user.id));

  const second = two.user.id;
  await one.request('chats:transfer', { chatId, agentId: second });
  await two.next('invitations:new');
  await two.request('invitations:accept', { chatId });
  expect(await event(page, 'user:left')).toMatchObject({ chatId, userId: first });
  const joins = await page.evaluate(() =>
    window.seen.filter(([name]) => name === 'user:joined').map(([, data]) => [data.user.id, data.transfer]),
  );
  expect(joins).toEqual([
    [first, false],
    [second, true],
  ]);

  await lead.request('chats:intervene', { chatId });
  expect(await event(page, 'chat:intervened')).toMatchObject({
    chat: { id: chatId },
    interventor: { id: lead.user.id },
    intervenedUsers: [{ id: second }],
  });
  expect(await page.evaluate(() => window.chat.users.map((user) => user.id))).toContain(lead.user.id);
  expect(await page.evaluate(() => [window.chat.users.length, window.seen.length])).toEqual([2, 4]);
});
