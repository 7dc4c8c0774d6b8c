// Who is in a chat, by name.

import type { Chat, User } from '../../index';
import { nameOf } from '../ui/format';
import { icf } from '../ui/icf';
import type { Texts } from './texts';

/** The visitor's id. */
export function me(): string | undefined {
  return icf.Connection.me()?.id;
}

export function agentName(user: Partial<User> | undefined, texts: Texts): string {
  return nameOf(user) || texts.say('agent');
}

/** The name of a message's sender, '' for the visitor. */
export function senderName(chat: Chat, userId: string, texts: Texts): string {
  if (userId === me()) return '';
  if (userId === 'assistant') return texts.say('assistant');
  const people = [...chat.users, ...(chat.formerUsers ?? [])];
  return agentName(
    people.find((user) => user.id === userId),
    texts,
  );
}
