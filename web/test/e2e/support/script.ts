// One script of calls of the SDK, with what agents do meanwhile, for parleyd and for the testkit's
// fake server: both must give the same. What differs from run to run (ids, times, positions) gets
// a name in the order in which it comes.
import type { Page } from '@playwright/test';
import { outcome } from './sdk.ts';

/** An agent of either server: requests by their event on the wire. */
export interface Actor {
  request(event: string, data?: object): Promise<any>;
  /** Waits for an invitation to the page's chat. */
  invited(chatId: string): Promise<void>;
}

/** A server under the script. */
export interface Stage {
  page: Page;
  /** For ICF.init. */
  server: string;
  agent(name: string): Promise<Actor>;
  /** Takes the page's network away, and gives it back. */
  network(there: boolean): Promise<void>;
}

/** What a step is done with: it gives what is compared. */
type Run = (stage: Stage, told: Told) => Promise<unknown>;

/** What earlier steps have given. */
interface Told {
  chatId: string;
  agents: { [name: string]: Actor };
}

/** Evaluates an expression on the page, and gives what its promise came to. */
const call =
  (expression: string): Run =>
  ({ page }) =>
    outcome(
      page,
      `(async () => ${expression})().catch((thrown) => Promise.reject(Object.assign(thrown, { message: thrown.message + ' (' + thrown.reason + ')' })))`,
    );

/** A request of an agent; what it comes to is the same too. */
const agent =
  (name: string, event: string, data: object | ((told: Told) => object) = {}): Run =>
  async (stage, told) => {
    const actor = (told.agents[name] ??= await stage.agent(name));
    const given = typeof data === 'function' ? data(told) : data;
    return actor.request(event, given).catch(({ code, message }) => ({ code, message: message.replace(/^.*?: .*?: /, '') }));
  };

const inChat =
  (more: object = {}) =>
  ({ chatId }: Told) => ({ chatId, ...more });

/** Waits for as many events of a name. */
const seen =
  (name: string, times = 1): Run =>
  async ({ page }) => {
    await page.waitForFunction(([name, times]) => window.seen.filter(([seen]) => seen === name).length >= times, [name, times] as const);
  };

const events = [
  ...['user:joined', 'user:left', 'user:activity', 'message:received', 'message:read', 'chat:closed', 'chat:intervened'],
  ...['forever:alone', 'queue:update'],
];

const begin: [string, Run][] = [
  [
    'init',
    async ({ page, server }) => outcome(page, `ICF.init({ appId: 'demo', server: ${JSON.stringify(server)} }).then(() => ICF.isInit)`),
  ],
  [
    'signs up',
    call(
      `ICF.Api.request('/users', 'POST', { name: 'Ada', contact: 'ada@example.com', extraInfo: { plan: 'gold' } }).then((r) => (window.me = r))`,
    ),
  ],
  ['logs in', call(`ICF.Lobby.init({ id: me.data.user.id, token: me.data.session.token })`)],
];

const open =
  (options: string): Run =>
  async ({ page }, told) => {
    const result = await outcome(
      page,
      `(async () => {
    window.chat = await ICF.Chat.init(${options});
    window.seen = [];
    for (const name of ${JSON.stringify(events)}) chat.on(name, (data) => seen.push([name, structuredClone(data)]));
    ICF.Lobby.on('system:info', (data) => seen.push(['system:info', data]));
    return { ...chat, history: chat.history, users: chat.users };
  })()`,
    );
    told.chatId = await page.evaluate(() => window.chat?.id);
    return result;
  };

/** Everything but the queue. */
export const conversation: [string, Run][] = [
  ...begin,
  ['logs in with a wrong token', call(`ICF.Api.request('/users/' + me.data.user.id, 'PUT', { name: 7 })`)],
  ['reads themselves', call(`ICF.Api.request('/users/' + me.data.user.id)`)],
  ['changes their name', call(`ICF.Api.request('/users/' + me.data.user.id, 'PUT', { name: 'Ada L.' })`)],
  ['asks for a route that is not there', call(`ICF.Api.request('/nothing/here')`)],
  ['asks with a wrong method', call(`ICF.Api.request('/id', 'PATCH', {})`)],
  ['reads the settings', call(`ICF.Api.request('/settings')`)],
  ['nobody is online', call(`ICF.Api.request('/agents/online')`)],
  ['opens a chat in a room that is not there', open(`{ room: '9', lang: 'en' }`)],
  [
    'opens a chat',
    open(`{ room: 1, lang: 'en', source: '3', history: [
    { sender: 'assistant', message: 'How can I help?', created: 1700000000 }, { sender: me.data.user.id, message: 'I have a question' }] }`),
  ],
  ['opens another one', call(`ICF.Chat.init({ room: '1' })`)],
  ['searches with an unknown algorithm', call(`ICF.Events.send('chats:assign', { chatId: chat.id, algorithm: 'luck' })`)],
  ['searches, and nobody is there', call(`chat.searchAgent()`)],
  ['an agent comes', agent('agent1', 'agents:available', { available: true })],
  ['and is invited', async (_, { agents, chatId }) => agents.agent1!.invited(chatId)],
  ['the agents who are there', call(`ICF.Api.request('/agents/available').then((r) => r.data)`)],
  ['accepts', agent('agent1', 'invitations:accept', inChat())],
  ['accepts again', agent('agent1', 'invitations:accept', inChat())],
  ['the page hears it', seen('user:joined')],
  ['searches while an agent is there', call(`chat.searchAgent('leastBusy')`)],
  ['a message', call(`chat.sendMessage('Hello!').then(({ message }) => message)`)],
  ['its answer', agent('agent1', 'messages:new', inChat({ message: 'Good day' }))],
  ['an answer in HTML', agent('agent1', 'messages:new', inChat({ message: '<b>Really</b>', format: 'html' }))],
  ['an answer that shows nothing', agent('agent1', 'messages:new', inChat({ message: ' \u200b ' }))],
  ['an answer that is too long', agent('agent1', 'messages:new', inChat({ message: 'x'.repeat(10_001) }))],
  ['the page has them', seen('message:received', 2)],
  ['HTML of a visitor', call(`ICF.Events.send('messages:new', { chatId: chat.id, message: '<b>x</b>', format: 'html' })`)],
  [
    'the same id twice',
    call(`(async () => {
    const say = () => ICF.Api.request('/chats/' + chat.id + '/messages', 'POST', { message: 'once', eventId: 'same-id' });
    return [await say(), await say()];
  })()`),
  ],
  [
    'the id for something else',
    call(`ICF.Api.request('/chats/' + chat.id + '/assign', 'GET', { eventId: 'same-id' }).then((r) => r.data)`),
  ],
  ['reads', call(`chat.readMessage(chat.history.find((m) => m.message === 'Good day').id)`)],
  ['reads again', call(`chat.readMessage(chat.history.find((m) => m.message === 'Good day').id)`)],
  ['reads what is not there', call(`ICF.Events.send('messages:read', { chatId: chat.id, messageId: chat.id + '.99' })`)],
  ['is read', agent('agent1', 'messages:read', ({ chatId }) => ({ chatId, messageId: `${chatId}.3`, upTo: true }))],
  ['hears that it is read', seen('message:read')],
  ['the agent types', agent('agent1', 'users:activity', inChat({ type: 'writing' }))],
  ['sees it', seen('user:activity')],
  ['types', call(`chat.sendUserActivity('writing')`)],
  ['types in a wrong way', call(`ICF.Events.send('users:activity', { chatId: chat.id, type: 'shouting' })`)],
  ['sends a file', call(`chat.sendMedia(new File(['one,two'], 'table.csv', { type: 'text/csv' }))`)],
  [
    'sends a file that runs',
    call(
      `chat.sendMedia(new File(['<html><script></script></html>'], 'page.txt', { type: 'text/plain' })).catch((e) => [e.code, e.message])`,
    ),
  ],
  ['sends a file of an unknown kind', call(`chat.sendMedia(new File(['one'], 'one.xyz')).catch((e) => [e.code, e.message])`)],
  ['reads the file', call(`ICF.Helper.downloadMedia(chat.history.find((m) => m.type === 'media').message).then((b) => b.text())`)],
  ['reads a file that is not there', call(`ICF.Api.request('/media/' + chat.id + '-x').catch((e) => [e.code, e.message])`)],
  [
    'imports',
    call(
      `(async () => (await chat.importHistory([{ sender: 'assistant', message: 'Earlier', created: 1600000000 }, { sender: 'assistant', message: ' ' }])).map((m) => m.message))()`,
    ),
  ],
  ['imports nothing', call(`ICF.Events.send('history:import', { chatId: chat.id })`)],
  ['imports something wrong', call(`ICF.Events.send('history:import', { chatId: chat.id, history: [{ message: 'by nobody' }] })`)],
  ['gets the chat', call(`ICF.Events.send('chats:get', { chatId: chat.id, fields: 'users,history' })`)],
  ['gets the chat by REST', call(`ICF.Api.request('/chats/' + chat.id)`)],
  ['gets a chat that is not there', call(`ICF.Events.send('chats:get', { chatId: 'nope' })`)],
  ['lists the chats', call(`ICF.Events.send('users:chats', { userId: me.data.user.id })`)],
  ['lists the chats by REST', call(`ICF.Api.request('/chats')`)],
  ['sends an unknown event', call(`ICF.Events.send('chats:dance', {})`)],
  ['acts for another', call(`ICF.Events.send('chats:get', { chatId: chat.id, userId: 'somebody' })`)],
  ['lists messages', call(`ICF.Api.request('/chats/' + chat.id + '/messages', 'GET', { after: chat.id + '.2', limit: 2 })`)],
  [
    'lists messages from where there is none',
    call(`ICF.Api.request('/chats/' + chat.id + '/messages', 'GET', { after: chat.id + '.99' })`),
  ],
  ['lists too few', call(`ICF.Api.request('/chats/' + chat.id + '/messages', 'GET', { limit: 0 })`)],
  ['the history', call(`ICF.Api.request('/chats/' + chat.id + '/history').then((r) => r.data.history.map((m) => [m.type, m.message]))`)],
  [
    'the history as a table',
    call(`ICF.Helper.downloadConversation(chat.id, { download: false, format: 'csv' }).then((t) => t.replace(/^[^,\\n]*Z",/gm, ''))`),
  ],
  ['the network goes', ({ network }) => network(false)],
  ['the agent says something', agent('agent1', 'messages:new', inChat({ message: 'Are you there?' }))],
  ['the page says something', call(`void (window.late = chat.sendMessage('I was away'))`)],
  ['the network comes back', ({ network }) => network(true)],
  ['the page hears what it missed', seen('message:received', 3)],
  ['what was said has arrived', call(`late.then(({ message }) => message)`)],
  ['a supervisor watches', agent('lead', 'chats:join', inChat({ mode: 'watch' }))],
  ['an agent may not watch', agent('agent1', 'chats:join', inChat({ mode: 'watch' }))],
  ['a watcher says something', agent('lead', 'messages:new', inChat({ message: 'psst' }))],
  ['takes over', agent('lead', 'chats:intervene', inChat())],
  ['the page hears it', seen('chat:intervened')],
  ['reads who was there', call(`ICF.Events.send('chats:get', { chatId: chat.id })`)],
  ['the agent is out', agent('agent1', 'messages:new', inChat({ message: 'hm' }))],
  ['a colleague comes', agent('agent2', 'chats:join', inChat())],
  ['to assist', agent('agent2', 'chats:join', inChat({ assist: true }))],
  ['the supervisor leaves', agent('lead', 'chats:leave', inChat())],
  ['the page hears it', seen('user:left')],
  ['the colleague closes', agent('agent2', 'chats:close', inChat({ extraData: { reason: 'done' } }))],
  ['closes again', agent('agent2', 'chats:close', inChat())],
  ['the page hears it', seen('chat:closed')],
  ['and gets a ticket', seen('system:info')],
  ['says something in a closed chat', call(`chat.sendMessage('One more thing')`)],
  ['the chat at the end', call(`({ ...chat, history: chat.history.map((m) => [m.type, m.message, m.readBy]) })`)],
  ['the closed chat by REST', call(`ICF.Api.request('/chats/' + chat.id).then((r) => r.data.chat.ticketNumber.length)`)],
  ['all events', ({ page }) => page.evaluate(() => window.seen)],
  ['logs out', call(`ICF.Lobby.close()`)],
  ['is out', call(`chat.sendMessage('again')`)],
];

/** In queue mode. */
export const queued: [string, Run][] = [
  ...begin,
  ['opens a chat', open(`{ room: '1', lang: 'en' }`)],
  ['hears its position', seen('queue:update')],
  ['searches', call(`chat.searchAgent()`)],
  ['asks for its position', call(`ICF.Api.request('/queues/update/' + chat.id)`)],
  ['an agent comes', agent('agent1', 'agents:available', { available: true })],
  ['and is invited', async (_, { agents, chatId }) => agents.agent1!.invited(chatId)],
  ['accepts', agent('agent1', 'invitations:accept', inChat())],
  ['the page hears it', seen('user:joined')],
  ['the agent goes off duty', agent('agent1', 'agents:available', { available: false })],
  ['and leaves', agent('agent1', 'chats:leave', inChat())],
  ['the page hears it', seen('user:left')],
  ['and waits again', seen('queue:update', 2)],
  ['the visitor closes', call(`chat.close({ rating: 5 })`)],
  ['the ticket comes', seen('system:info')],
  ['all events', ({ page }) => page.evaluate(() => window.seen)],
];

/** Plays a script; gives what each step came to, with names for what differs from run to run. */
export async function play(steps: [string, Run][], stage: Stage): Promise<[string, unknown][]> {
  const told: Told = { chatId: '', agents: {} };
  const given: [string, unknown][] = [];
  for (const [name, run] of steps) given.push([name, await run(stage, told)]);
  return plain(given) as [string, unknown][];
}

const changing = ['created', 'expiresAt', 'seq', 'prev', 'token', 'ticketNumber', 'now', 'eventId'];

function plain(value: unknown): unknown {
  const names = new Map<string, string>();
  const named = (text: string) =>
    text.replace(/\b[a-z2-7]{26}\b/g, (id) => {
      if (!names.has(id)) names.set(id, `id${names.size + 1}`);
      return names.get(id)!;
    });
  return JSON.parse(JSON.stringify(value ?? null), (name, inside) => {
    if (changing.includes(name) && inside !== null) return name === 'created' && inside < 1.71e9 ? Math.round(inside / 10) : `<${name}>`;
    if (name === 'waitingTime' && inside < 60) return '<waitingTime>'; // the mean of the waits so far
    if (typeof inside === 'string') return named(inside);
    if (typeof inside !== 'object' || inside === null || Array.isArray(inside)) return inside;
    return Object.fromEntries(Object.entries(inside).map(([key, member]) => [named(key), member]));
  });
}
