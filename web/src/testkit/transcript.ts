// What was said, as tests look at it and as people read it.

import type { Said, SaidFilter } from '../../testkit';
import type { Backend } from './backend';
import type { ChatLog, Record } from './chat-log';
import { isAgent, type LogMessage, type User } from './protocol';
import { plainText, senders } from './saved-conversation';

/** A message as tests look at it. */
export function saidOf(backend: Backend, chat: ChatLog, message: LogMessage): Said {
  const { sender, created, id, imported = false } = message;
  const user = backend.accounts.get(sender)?.user;
  const other = sender === 'assistant' ? 'assistant' : 'system';
  const from = user ? (isAgent(user) ? 'agent' : 'visitor') : other;
  const by = senders(chat)(sender);
  const { message: content } = message;
  const text = typeof content === 'string' ? plainText(message) : `${content.name} (${content.size} bytes)`;
  return {
    chatId: chat.id,
    from,
    name: by.role === 'unknown' ? (nameOf(user) ?? by.name) : by.name,
    text,
    at: Math.round(created * 1000),
    id,
    imported,
  };
}

export function said(backend: Backend, { chat: id, from }: SaidFilter = {}): Said[] {
  return [...backend.chats.values()]
    .filter((chat) => id === undefined || chat.id === id)
    .flatMap((chat) => chat.messages.map((message) => saidOf(backend, chat, message)))
    .filter((one) => from === undefined || one.from === from);
}

const nameOf = (user: User | undefined) => user && (user.nickname || user.name);
const time = (ms: number) => new Date(ms).toISOString().slice(11, 23);

export function transcript(backend: Backend): string {
  const lines: string[] = [];
  for (const chat of backend.chats.values()) {
    lines.push(`chat ${chat.id} in room ${chat.state.room}, ${chat.state.status}:`);
    for (const record of chat.records) for (const line of linesOf(backend, chat, record)) lines.push(`  ${line}`);
  }
  return lines.length ? lines.join('\n') : '(there is no chat)';
}

// What is not in this list is not of interest.
function linesOf(backend: Backend, chat: ChatLog, { event, data, seq }: Record): string[] {
  const messages: LogMessage[] = data.history ?? (event === 'messages:new' ? [data.message] : []);
  const spoken = messages.map((message) => {
    const one = saidOf(backend, chat, message);
    return `${time(one.at)}  ${one.name} (${one.imported ? 'imported' : one.from}): ${one.text}`;
  });
  const who = nameOf(data.user ?? data.interventor) ?? nameOf(backend.accounts.get(data.userId)?.user) ?? data.userId;
  const what: { [event: string]: string } = {
    'chats:create': `${who} has opened the chat`,
    'chats:assign': `${nameOf(data.agent)} is invited`,
    'chats:join': data.mode ? `${who} reads along` : `${who} has joined`,
    'chats:leave': `${who} has left`,
    'chats:intervene': `${who} has taken the chat over`,
    'invitations:reject': `${who} has rejected the invitation`,
    'forever:alone': 'no agent was found',
    'queues:enter': 'the chat waits in the queue',
    'messages:read': `${who} has read ${data.message?.id}`,
    'chats:close': `${who} has closed the chat`,
    'system:info': `ticket ${data.data?.ticketNumber}`,
  };
  return [...(what[event] ? [`#${seq}  ${what[event]}`] : []), ...spoken];
}
