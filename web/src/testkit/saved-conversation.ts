// A conversation as a file to save, as package server/internal/chatstate of Parley writes it.

import type { ChatLog } from './chat-log';
import { joining } from './chat-log';
import type { LogMessage } from './protocol';

const fromEarlier = 'from an earlier conversation';
const oneLine = (name: string) => name.split(/\s+/).filter(Boolean).join(' ');

/** The names of everybody who ever was in the chat, by id. */
export function names(chat: ChatLog): Map<string, string> {
  const found = new Map([
    ['system', 'System'],
    ['assistant', 'Assistant'],
    ['earlier', 'Somebody'],
  ]);
  for (const { event, data } of chat.records) {
    const user = joining(event, data);
    if (user) found.set(user.id, oneLine(user.nickname || user.name));
  }
  return found;
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
  const known = names(chat);
  const rows = chat.sortedHistory().map((message) => {
    const at = `${new Date(message.created * 1000).toISOString().slice(0, 19)}Z`;
    return [at, message.sender, known.get(message.sender) ?? '', message.type, plainText(message), message.imported ? fromEarlier : ''].map(
      escapeFormula,
    );
  });
  const cell = (text: string) => (/[",\r\n]|^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [['created', 'sender', 'name', 'type', 'message', 'origin'], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

const escapeFormula = (text: string) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);

export function transcriptText(chat: ChatLog): string {
  const known = names(chat);
  let text = chat.ticket.number ? `Ticket ${chat.ticket.number}\n\n` : '';
  let day = '';
  for (const message of chat.sortedHistory()) {
    const at = new Date(message.created * 1000);
    const date = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' });
    if (date !== day) text += `${day && '\n'}${date} (UTC)\n\n`;
    day = date;
    const by = `${known.get(message.sender) ?? oneLine(message.sender)}${message.imported ? ` (${fromEarlier})` : ''}`;
    text += `${at.toISOString().slice(11, 16)}  ${by}: ${plainText(message).replace(/\r\n|[\n\r\u2028]/g, '\n       ')}\n`;
  }
  return text;
}
