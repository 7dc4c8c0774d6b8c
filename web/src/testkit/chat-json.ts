// A chat as the wire has it.

import { type Audience, type ChatLog, type ChatState, joining, STAFF } from './chat-log';
import type { Frame, LogMessage, User } from './protocol';

/** Which of its related lists a chat has on the wire. */
export interface Related {
  users?: boolean;
  watchers?: boolean;
  history?: boolean;
}

export const everything: Related = { users: true, watchers: true, history: true };

// Bounds of a history in parts, in bytes of messages.
const partAtMost = 32 << 10;
const newestAtMost = 4 << 10;

/** The members of the chat itself. */
export function chatObject(chat: ChatLog, state: ChatState): Record<string, unknown> {
  const { status, creator, room, enqueued, fixed } = state;
  return { id: chat.id, creator, room, ...fixed, status, closed: status === 'closed', inQueue: enqueued && status === 'waiting' };
}

/** The chat with its users, as invitations and joins have it. */
export function chatWithUsers(chat: ChatLog, state: ChatState): Record<string, unknown> {
  return { ...chatObject(chat, state), users: state.users };
}

/** The chat for an audience. Its seq is the position of the last entry that the audience may see. */
export function chatJSON(chat: ChatLog, to: Audience, { users, watchers, history }: Related): Record<string, unknown> {
  const last = chat.records.at(-1)!;
  return {
    ...chatObject(chat, last.after),
    ...(chat.ticket.number && { ticketNumber: chat.ticket.number }),
    ...(users && { users: last.after.users }),
    ...(watchers && { watchers: watchersFor(chat, last.after, to) }),
    ...(history && { ...formerUsers(chat, last.after, to), history: chat.history() }),
    seq: last.last[to],
  };
}

/** The chat as it was at an entry, for a client that goes on from there. */
export function resumedJSON(chat: ChatLog, to: Audience, seq: number): Record<string, unknown> {
  const { after, last } = chat.at(seq)!;
  return { ...chatObject(chat, after), users: after.users, watchers: watchersFor(chat, after, to), seq: last[to], resumed: true };
}

// Who was in the chat and has left, as they were when they came; nothing if nobody has.
function formerUsers(chat: ChatLog, state: ChatState, to: Audience): { formerUsers?: User[] } {
  const seen = new Set([...state.users, ...watchersFor(chat, state, to)].map(({ id }) => id));
  const former: User[] = [];
  for (const { event, data, visible } of [...chat.records].reverse()) {
    const user = visible[to] ? joining(event, data) : undefined;
    if (!user || seen.has(user.id)) continue;
    seen.add(user.id);
    former.unshift(user);
  }
  return former.length ? { formerUsers: former } : {};
}

function watchersFor(chat: ChatLog, state: ChatState, to: Audience) {
  return to === STAFF || chat.config.historyWatch ? state.watchers : [];
}

/** The chat with its newest messages, and the frames with the earlier ones that go before it. */
export function inParts(chat: ChatLog, to: Audience, related: Related): { before: Frame[]; json: Record<string, unknown> } {
  const history = chat.history();
  const sizes = history.map(byteLength);
  let first = history.length;
  for (let size = 0; first > 0 && (first === history.length || size + sizes[first - 1]! <= newestAtMost); ) size += sizes[--first]!;
  const before: Frame[] = [];
  for (let from = 0; from < first; ) {
    let end = from;
    for (let size = 0; end < first && (end === from || size + sizes[end]! <= partAtMost); ) size += sizes[end++]!;
    before.push({ event: 'chats:history', data: { chatId: chat.id, from, history: history.slice(from, end) } });
    from = end;
  }
  return { before, json: { ...chatJSON(chat, to, related), history: history.slice(first) } };
}

const byteLength = (message: LogMessage) => new TextEncoder().encode(JSON.stringify(message)).length;
