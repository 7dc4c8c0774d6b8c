// Table a.4: the ten events of a chat.
// Each with all documented fields, and with what old callers need besides.
import type { Page } from '@playwright/test';
import { attended, count, enter, event, expect, openChat, test } from './support.ts';

const keys = (data: object, ...names: string[]) => expect(Object.keys(data)).toEqual(expect.arrayContaining(names));

test('a.4 user:joined: {chat, mode, sender, transfer, user}', async ({ opened, wire }) => {
  const agent = await wire.agent('agent1');
  await attended(opened.page, agent, opened.chatId);
  const joined = await event(opened.page, 'user:joined');
  keys(joined, 'chat', 'mode', 'sender', 'transfer', 'user');
  expect(joined).toMatchObject({
    chat: { id: opened.chatId },
    mode: '',
    sender: agent.user.id,
    transfer: false,
    user: { id: agent.user.id, nickname: expect.any(String) },
  });
});

test('a.4 user:left: {chatId, userId}, with user', async ({ talk }) => {
  await talk.agent.request('chats:leave', { chatId: talk.chatId });
  expect(await event(talk.page, 'user:left')).toMatchObject({
    chatId: talk.chatId,
    userId: talk.agentId,
    user: { id: talk.agentId, nickname: expect.any(String) },
  });
});

test('a.4 user:activity: {userId, type}, only of those in chat.users', async ({ talk, wire }) => {
  for (const type of ['writing', 'stop-writing', 'not-writing']) {
    await talk.agent.request('users:activity', { chatId: talk.chatId, type });
    await talk.page.waitForFunction((type) => window.seen.some(([name, data]) => name === 'user:activity' && data.type === type), type);
  }
  const lead = await wire.agent('lead', []);
  await lead.request('chats:join', { chatId: talk.chatId, mode: 'watch' });
  await lead.request('users:activity', { chatId: talk.chatId, type: 'writing' }).catch(() => {});
  await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'after it' });
  await event(talk.page, 'message:received');
  const told = await talk.page.evaluate(() => window.seen.filter(([name]) => name === 'user:activity').map(([, data]) => data.userId));
  expect(told).toEqual([talk.agentId, talk.agentId, talk.agentId]);
});

test('a.4 message:received: message with id, sender, type and text, wrapped as documented', async ({ talk }) => {
  const sent = await talk.agent.request('messages:new', { chatId: talk.chatId, message: 'hello <b>you</b> & all' });
  const got = await event(talk.page, 'message:received');
  expect(got).toMatchObject({
    chatId: talk.chatId,
    userId: talk.agentId,
    message: {
      id: sent.message.id,
      chat: talk.chatId,
      sender: talk.agentId,
      type: 'text',
      message: 'hello <b>you</b> & all',
      created: expect.any(Number),
    },
  });
  expect(typeof got.message.sender).toBe('string');
});

test('a.4 message:received: a media message carries the media object', async ({ talk, server }) => {
  const form = new FormData();
  form.set('chatId', talk.chatId);
  form.set('senderId', talk.agentId);
  form.set('media', new File(['a few words'], 'words.txt', { type: 'text/plain' }));
  const { token } = await (
    await fetch(`${server.url}/v1/agents/login`, {
      method: 'POST',
      headers: { 'x-hyper-appId': 'demo', 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'agent1', password: 'demo' }),
    })
  )
    .json()
    .then((body: any) => body.session);
  const answer = await fetch(`${server.url}/v1/media`, {
    method: 'POST',
    headers: { 'x-hyper-appId': 'demo', 'x-hyper-token': token },
    body: form,
  });
  expect(answer.status).toBe(200);
  const { media }: any = await answer.json();
  expect(await event(talk.page, 'message:received')).toMatchObject({
    message: {
      type: 'media',
      sender: talk.agentId,
      message: { id: media.id, url: `/media/${media.id}`, name: 'words.txt', type: expect.stringContaining('text/plain'), size: 11 },
    },
  });
});

test('a.4 message:read: like postChatMessageResponse', async ({ talk }) => {
  const { message } = await talk.page.evaluate(() => window.chat.sendMessage('read it'));
  await talk.agent.request('messages:read', { messageId: message.id });
  expect(await event(talk.page, 'message:read')).toMatchObject({
    chatId: talk.chatId,
    userId: talk.agentId,
    message: { id: message.id, sender: talk.me },
  });
});

test('a.4 chat:closed: {chatId, userId} of another party, and of the system', async ({ talk, rest }) => {
  await rest('DELETE', `/chats/${talk.chatId}`);
  expect(await event(talk.page, 'chat:closed')).toMatchObject({ chatId: talk.chatId, userId: 'system' });
  expect(await talk.page.evaluate(() => window.chat.closed)).toBe(true);
});

test('a.4 chat:intervened: {chat, interventor}, with intervenedUsers, once and instead of left and joined', async ({ talk, wire }) => {
  const lead = await wire.agent('lead', []);
  await lead.request('chats:intervene', { chatId: talk.chatId });
  const taken = await event(talk.page, 'chat:intervened');
  expect(taken).toMatchObject({ chat: { id: talk.chatId }, interventor: { id: lead.user.id }, intervenedUsers: [{ id: talk.agentId }] });
  expect(await talk.page.evaluate(() => window.chat.users.map((user) => user.id))).toEqual([talk.me, lead.user.id]);
  expect([await count(talk.page, 'user:left'), await count(talk.page, 'user:joined')]).toEqual([0, 1]);
});

test('a.4 forever:alone: {chatId} when the attempts are used up', async ({ sdk, wire }) => {
  await wire.agent('agent1');
  const page = await sdk();
  await enter(page);
  const chatId = await openChat(page, { assignMaxAttempts: 1, assignTimeout: 0.2 });
  await page.evaluate(() => window.chat.searchAgent());
  expect(await event(page, 'forever:alone')).toEqual({ chatId });
  expect(await page.evaluate(() => [window.chat.closed, window.chat.status])).toEqual([false, 'waiting']);
});

test('a.4 queue:update: {queuePosition, waitingTime} when the position changes', async ({ sdk, rest, wire }) => {
  await rest('PUT', '/settings', { queue: { active: true } });
  const pages: Page[] = [];
  for (let i = 0; i < 2; i++) {
    const page = await sdk();
    await enter(page, { appId: 'demo', session: 'none' });
    await page.evaluate(async () => {
      window.seen = [];
      window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
      window.chat.on('queue:update' as any, (data: any) => window.seen.push(['queue:update', data]));
    });
    pages.push(page);
  }
  const [first, second] = pages as [Page, Page];
  expect(await event(first, 'queue:update')).toEqual({ queuePosition: 1, waitingTime: expect.any(Number) });
  expect(await event(second, 'queue:update')).toEqual({ queuePosition: 2, waitingTime: expect.any(Number) });
  expect(await second.evaluate(() => window.chat.inQueue)).toBeTruthy();
  const agent = await wire.agent('agent1');
  const { data } = await agent.next('invitations:new');
  await agent.request('invitations:accept', { chatId: data.chatId });
  await second.waitForFunction(() => window.seen.some(([, data]) => data.queuePosition === 1));
});

test('a.4 chat:timer:expiryAlert: {chatId, timeLeft} in seconds, then the chat is closed by the system', async ({ sdk, rest }) => {
  await rest('PUT', '/settings', { chats: { expireAfter: 2, expiryAlert: 1 } });
  const page = await sdk();
  await enter(page);
  const chatId = await page.evaluate(async () => {
    window.seen = [];
    window.chat = await ICF.Chat.init({ room: '1', lang: 'en', source: '3' });
    for (const name of ['chat:timer:expiryAlert', 'chat:closed'] as any[])
      window.chat.on(name, (data: any) => window.seen.push([name, data]));
    return window.chat.id;
  });
  const alert = await event(page, 'chat:timer:expiryAlert');
  expect(alert).toEqual({ chatId, timeLeft: expect.any(Number) });
  expect(alert.timeLeft).toBeGreaterThan(0);
  expect(alert.timeLeft).toBeLessThanOrEqual(2);
  expect(await event(page, 'chat:closed')).toMatchObject({ chatId, userId: 'system' });
});
