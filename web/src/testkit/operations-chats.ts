// The operations about chats and who is in them.

import { nothing } from './backend';
import { chatJSON, chatWithUsers, everything, inParts, type Related } from './chat-json';
import { ChatLog, has } from './chat-log';
import { append, audience, type Call, type Operation, type Result, resultOf } from './operation';
import { Params } from './params';
import { isAgent, type LogMessage, publicUser, Refusal, SYSTEM, showsHTML, type User, unix, visible } from './protocol';
import { algorithms, type Terms } from './routing';

const source = (word: string) => (/^\d{1,9}$/.test(word) ? Number(word) : word);

function createChat(call: Call): Result {
  const { backend, params, user, eventId } = call;
  const config = params.nested('config');
  const room = params.word('room');
  const given = {
    lang: params.text('lang'),
    source: source(params.word('source')),
    historyWatch: params.flag('historyWatch'),
    assignMaxAttempts: config.count('assignMaxAttempts', 1, 1000, 0),
    assignTimeout: config.number('assignTimeout', 0.05, 86_400, 0),
    externalId: params.boundedText('externalId', 256),
  };
  params.number('priority', -1e6, 1e6, 0); // a page's is ignored
  if (!room) params.fail('room: must be given and must not be empty');
  const { rooms } = backend.settings;
  if (rooms.length && !rooms.includes(room)) params.fail(`room: there is no room ${JSON.stringify(room)} in app "demo"`);
  const history = readHistory(call);
  const repeated = eventId && [...backend.chats.values()].find((chat) => chat.recordOf(user.id, eventId)?.event === 'chats:create');
  if (!repeated && backend.openChatsOf(user.id).some((chat) => chat.state.creator === user.id)) {
    throw new Refusal('409 has-chat', 'User already has a chat');
  }
  const chat = repeated || new ChatLog(backend.ids.next());
  backend.chats.set(chat.id, chat);
  const { historyWatch, assignMaxAttempts, assignTimeout, ...fixed } = given;
  const outcome = backend.append(chat, user.id, eventId, 'chats:create', () => {
    const now = unix(backend.clock.now());
    const me = publicUser(user);
    return {
      chatId: chat.id,
      chat: {
        id: chat.id,
        status: 'waiting',
        closed: false,
        creator: user.id,
        room,
        lang: fixed.lang,
        source: fixed.source,
        created: now,
        externalId: fixed.externalId || null,
        inQueue: backend.settings.queue,
        users: [me],
      },
      user: me,
      config: { historyWatch, assignMaxAttempts, assignTimeout },
      ...(history?.length && { history: imported(chat, history, now) }),
    };
  });
  return { ...resultOf(outcome, { chat: chatJSON(chat, audience(call), everything) }), upTo: chat.seq };
}

function getChat(call: Call): Result {
  const { chat, params, connection } = call;
  const fields = params.words('fields');
  const related: Related = fields
    ? { users: fields.includes('users'), watchers: fields.includes('watchers'), history: fields.includes('history') }
    : everything;
  const result = { chat, upTo: chat.seq };
  if (!connection || !params.flag('inParts') || !related.history) {
    return { ...result, body: { chat: chatJSON(chat, audience(call), related) } };
  }
  const { before, json } = inParts(chat, audience(call), related);
  return { ...result, before, body: { chat: json } };
}

function listChats(call: Call): Result {
  const status = call.params.oneOf('status', 'waiting', 'active', 'closed');
  const staff = isAgent(call.user) && status !== '';
  const serves = (chat: ChatLog) =>
    call.user.role === 'supervisor' || (chat.state.status === 'waiting' ? true : chat.members.has(call.user.id));
  const chats = staff
    ? [...call.backend.chats.values()].filter((chat) => chat.state.status === status && serves(chat))
    : call.backend.openChatsOf(call.user.id).filter((chat) => !status || chat.state.status === status);
  return { body: { chats: chats.map((chat) => chatJSON(chat, audience(call), { users: true, watchers: true })) } };
}

function userChats(call: Call): Result {
  const chats = call.backend.openChatsOf(call.user.id).map((chat) => [chat.id, chatJSON(chat, audience(call), { users: true })]);
  return { body: { chats: Object.fromEntries(chats) } };
}

function searchAgent(call: Call): Result {
  const { backend, routing, chat, params } = call;
  const algorithm = params.text('algorithm');
  if (algorithm && !algorithms.includes(algorithm)) {
    params.fail(`algorithm: there is no ${JSON.stringify(algorithm)}; there are ${algorithms.join(', ')}`);
  }
  const terms = { algorithm, maxAttempts: params.count('maxAttempts', 1, 1000, 0), interval: params.number('interval', 0.05, 86_400, 0) };
  if (backend.settings.queue || chat.queued) return searchInQueue(call, terms);
  const agentOf = (agent: unknown) => (agent ? { agent } : {});
  let nobody = false;
  const outcome = append(call, 'chats:assign', () => {
    if (chat.attended || chat.round.pending) return nothing;
    const invitation = routing.nextInvitation(chat, chat.round, terms);
    nobody = !invitation;
    return invitation ?? nothing;
  });
  if (nobody) {
    if (!chat.round.running) backend.append(chat, SYSTEM, '', 'forever:alone', () => ({ chatId: chat.id, nobody: true }));
    return { chat, upTo: chat.seq, body: {} };
  }
  const { record } = outcome;
  if (record) routing.pushInvitation(chat);
  return resultOf(outcome, agentOf(record ? record.data.agent : routing.found(chat)));
}

function searchInQueue(call: Call, terms: Terms): Result {
  const { routing, chat } = call;
  const outcome = append(call, 'queues:enter', () => (chat.attended || chat.state.enqueued ? nothing : { chatId: chat.id, ...terms }));
  routing.setTerms(chat, terms);
  routing.dispatch();
  const agent = routing.found(chat);
  return resultOf(outcome, agent ? { agent } : {});
}

function join(call: Call, mode: '' | 'watch', mayJoin: () => boolean): Result {
  const { routing, chat, user, connection } = call;
  const before = chat.round;
  const outcome = append(call, 'chats:join', () => {
    if (!mayJoin()) return nothing;
    const me = publicUser(user);
    const after = chat.preview('chats:join', { user: me, mode });
    return { chatId: chat.id, chat: chatWithUsers(chat, after), user: me, sender: user.id, mode, transfer: false };
  });
  if (!mode && outcome.record && before.running) routing.pushEnded(chat, before, 'taken', connection);
  return resultOf(outcome);
}

/** The agent who has the chat already. */
function owner(chat: ChatLog): string | undefined {
  const agent = chat.state.users.find((user) => isAgent(user) && user.id !== chat.state.creator);
  return agent && (agent.nickname || agent.name || agent.id);
}

function joinChat(call: Call): Result {
  const { chat, params, user } = call;
  const mode = params.oneOf('mode', '', 'watch') as '' | 'watch';
  const take = params.flag('take');
  const assist = params.flag('assist');
  if (mode && user.role !== 'supervisor') throw new Refusal('403 not-allowed', 'mode: only supervisors may watch');
  return join(call, mode, () => {
    if (has(chat.state.users, user.id) || (mode && has(chat.state.watchers, user.id))) return false;
    if (user.id === chat.state.creator || mode) return true;
    if (!isAgent(user)) throw new Refusal('403 not-allowed', 'only agents may join a chat');
    const invited = chat.round.pending && chat.round.invited.agent.id === user.id;
    if (!take && (assist || invited || user.role === 'supervisor')) return true;
    if (owner(chat)) throw new Refusal('409 chat-taken', `${owner(chat)} has the chat already`);
    return true;
  });
}

function checkInvited({ chat, user }: Call): void {
  const { pending, invited, attempted } = chat.round;
  if (pending && invited.agent.id === user.id) return;
  if (owner(chat)) throw new Refusal('409 invitation-over', `the invitation is over: ${owner(chat)} has the chat already`);
  if (attempted.includes(user.id)) throw new Refusal('409 invitation-over', 'the invitation is over');
  throw new Refusal('409 invitation-over', `there is no invitation to chat ${chat.id} for agent ${user.id}`);
}

function acceptInvitation(call: Call): Result {
  const { routing, chat, user } = call;
  return join(call, '', () => {
    if (has(chat.state.users, user.id)) return false;
    if (routing.isFull(user.id)) throw new Refusal('409 agent-full', `agent ${user.id} is in as many chats as the app's settings allow`);
    checkInvited(call);
    return true;
  });
}

function rejectInvitation(call: Call): Result {
  const { routing, chat, user, connection } = call;
  const before = chat.round;
  const outcome = append(call, 'invitations:reject', () => {
    checkInvited(call);
    return { chatId: chat.id, userId: user.id };
  });
  routing.pushEnded(chat, before, 'rejected', connection);
  routing.inviteNext(chat);
  return resultOf(outcome);
}

function leaveChat(call: Call): Result {
  const { backend, chat, user } = call;
  const outcome = append(call, 'chats:leave', () => {
    const me = [...chat.state.users, ...chat.state.watchers].find(({ id }) => id === user.id);
    if (!me) throw new Refusal('400 bad-argument', 'userId: must be given');
    const data = { chatId: chat.id, userId: user.id, user: me };
    const waits = chat.state.status === 'active' && chat.preview('chats:leave', data).status === 'waiting';
    return { ...data, ...(backend.settings.queue && waits && { inQueue: true }) };
  });
  return resultOf(outcome);
}

function interveneChat(call: Call): Result {
  const { routing, chat, user, connection } = call;
  const before = chat.round;
  const outcome = append(call, 'chats:intervene', () => {
    const intervenedUsers = chat.state.users.filter((other) => isAgent(other) && other.id !== user.id);
    if (!intervenedUsers.length && has(chat.state.users, user.id)) return nothing;
    const data = { interventor: publicUser(user), intervenedUsers };
    return { chatId: chat.id, chat: chatWithUsers(chat, chat.preview('chats:intervene', data)), ...data };
  });
  if (before.running) routing.pushEnded(chat, before, 'taken', connection);
  return resultOf(outcome);
}

function closeChat(call: Call): Result {
  const { routing, chat, params, user } = call;
  const extraData = params.values.extraData;
  const before = chat.round;
  const outcome = append(call, 'chats:close', () => ({ chatId: chat.id, userId: user.id, ...(extraData && { extraData }) }));
  routing.pushEnded(chat, before, 'closed');
  routing.makeTicket(chat);
  return resultOf(outcome);
}

/** An entry of a conversation that took place elsewhere. */
interface Imported {
  sender: string;
  type: string;
  text: string;
  format: string;
  created: number | undefined;
}

/** Reads the parameter history; undefined if it is absent. */
export function readHistory({ params: given, user }: Call): Imported[] | undefined {
  const params: Params = given;
  const list = params.values.history;
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) params.fail('history: entry 0: must be a JSON array');
  if (list.length > 1000)
    throw new Refusal('413 history-too-long', 'history: entry 1000: more than 1000 entries; send the rest in another request');
  return list.flatMap((entry, index): Imported[] => {
    try {
      const p = Params.of(entry);
      const sender = senderOf(p.requiredText('sender'), user);
      const type = p.oneOf('type', 'text', 'object') || 'text';
      const { text, format } = p.message();
      const created = p.has('created') ? p.number('created', 0, 1e11, 0) : undefined;
      return visible(text) && (!format || showsHTML(text)) ? [{ sender, type, text, format, created }] : [];
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      throw new Refusal(`${thrown.code} ${thrown.reason}`, `history: entry ${index}: ${thrown.message}`);
    }
  });
}

/** Whom an imported message is said to be from: a page speaks for its user and for a bot, and for nobody else. */
function senderOf(named: string, user: User): string {
  if (named === user.id || named === 'assistant') return named;
  return named === 'user' && !isAgent(user) ? user.id : 'earlier';
}

/** Imported messages as the log has them, none later than the chat. One without a time has that of the next one. */
export function imported(chat: ChatLog, history: Imported[], began: number): LogMessage[] {
  let next = began;
  return history
    .map((entry, index) => ({ entry, id: `${chat.id}.${chat.messages.length + index + 1}` }))
    .reverse()
    .map(({ entry: { sender, type, text, format, created }, id }) => {
      if (created !== undefined) next = Math.min(created, began);
      const message = { id, chat: chat.id, sender, type, message: text, created: next };
      return { ...message, ...(format && { format }), imported: true };
    })
    .reverse();
}

export const chatOperations: Operation[] = [
  { event: 'chats:create', method: 'POST', path: '/chats', access: 'anySession', writes: true, run: createChat },
  { event: 'chats:get', method: 'GET', path: '/chats/{chatId}', access: 'chatReader', writes: false, run: getChat },
  { event: '', method: 'GET', path: '/chats', access: 'anySession', writes: false, run: listChats },
  { event: 'users:chats', method: '', path: '', access: 'anySession', writes: false, run: userChats },
  { event: 'chats:assign', method: 'GET', path: '/chats/{chatId}/assign', access: 'chatMember', writes: true, run: searchAgent },
  { event: 'chats:join', method: 'POST', path: '/chats/{chatId}/join', access: 'agentForChat', writes: true, run: joinChat },
  { event: 'chats:leave', method: 'PUT', path: '/chats/{chatId}/leave', access: 'chatMember', writes: true, run: leaveChat },
  { event: 'chats:intervene', method: 'POST', path: '/chats/{chatId}/intervene', access: 'supervisor', writes: true, run: interveneChat },
  { event: 'chats:close', method: 'DELETE', path: '/chats/{chatId}', access: 'memberOrSupervisor', writes: true, run: closeChat },
  { event: 'invitations:accept', method: 'POST', path: '/invitations/accept', access: 'agentForChat', writes: true, run: acceptInvitation },
  { event: 'invitations:reject', method: 'POST', path: '/invitations/reject', access: 'agentForChat', writes: true, run: rejectInvitation },
];
