// A conversation as a file to save, as package server/internal/chatstate of Parley writes it.

import type { ChatLog } from './chat-log';
import { joining } from './chat-log';
import { isAgent, type LogMessage } from './protocol';

const fromEarlier = 'from an earlier conversation';
const oneLine = (name: string) => name.split(/\s+/).filter(Boolean).join(' ');

/** Who wrote messages. */
interface Sender {
  role: string;
  name: string;
}

/** Gives senders by id: everybody who ever was in the chat, and those who write without being in it. */
export function senders(chat: ChatLog): (id: string) => Sender {
  const found = new Map<string, Sender>([
    ['system', { role: 'system', name: 'System' }],
    ['assistant', { role: 'assistant', name: 'Assistant' }],
    ['earlier', { role: 'unknown', name: 'Somebody' }],
  ]);
  for (const { event, data } of chat.records) {
    const user = joining(event, data);
    if (user) found.set(user.id, { role: isAgent(user) ? 'agent' : 'visitor', name: oneLine(user.nickname || user.name) });
  }
  return (id) => found.get(id) ?? { role: 'unknown', name: oneLine(id) };
}

/** Those who wrote messages of the chat. */
export function sendersOf(chat: ChatLog): (Sender & { id: string })[] {
  const known = senders(chat);
  return [...new Set(chat.messages.map(({ sender }) => sender))].sort().map((id) => ({ id, ...known(id) }));
}

/** The content of a message as plain text. */
export function plainText({ type, message, format }: LogMessage): string {
  if (typeof message !== 'string') return `[file] ${message.name} (${message.size} bytes, ${message.url})`;
  if (format === 'html') return message.replace(/<br\s*\/?>/gi, '\n').replace(/<[^>]*>/g, '');
  if (type !== 'object') return message;
  try {
    const question = JSON.parse(message);
    return [question.message ?? '', ...(question.options ?? []).map((option: any) => `- ${option.label ?? ''}`)].join('\n');
  } catch {
    return message;
  }
}

export function csv(chat: ChatLog): string {
  const known = senders(chat);
  const rows = chat.sortedHistory().map((message) => {
    const at = `${new Date(message.created * 1000).toISOString().slice(0, 19)}Z`;
    const { role, name } = known(message.sender);
    return [at, message.sender, role, name, message.type, plainText(message), message.imported ? fromEarlier : ''];
  });
  const cell = (text: string) => `"${escapeFormulas(text).replaceAll('"', '""')}"`;
  return [['created', 'sender', 'role', 'name', 'type', 'message', 'origin'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\n`)
    .join('');
}

const escapeFormulas = (text: string) => text.replace(/(^|[;\p{Cc}])([\s"\p{Cf}\p{Cc}]*)([=+\-@])/gu, "$1$2'$3");

// Some programs begin a line at these too.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/g;

export function transcriptText(chat: ChatLog): string {
  const known = senders(chat);
  let text = chat.ticket.number ? `Ticket ${chat.ticket.number}\n\n` : '';
  let day = '';
  for (const message of chat.sortedHistory()) {
    const at = new Date(message.created * 1000);
    const date = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
    if (date !== day) text += `${day && '\n'}${date} (UTC)\n\n`;
    day = date;
    const { role, name } = known(message.sender);
    const who = `[${role}${message.imported ? `, ${fromEarlier}` : ''}] ${name}`;
    text += `${at.toISOString().slice(11, 16)}  ${who}: ${plainText(message).replace(lineEnd, '\n       ')}\n`;
  }
  return text;
}
