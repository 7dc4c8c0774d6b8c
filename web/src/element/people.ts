// Who is in a chat, by name.

import type { Chat, User } from '../../index';
import { nameOf } from '../ui/format';
import { icf } from '../ui/icf';
import type { Texts } from './texts';
import type { Sender } from './view';

/** The visitor's id. */
export function me(): string | undefined {
  return icf.Connection.me()?.id;
}

/** Whether the page has begun the session of a user whom the site knows. */
export function isKnown(): boolean {
  return icf.Lobby.logged && Boolean(icf.Connection.me()?.externalId);
}

export function agentName(user: Partial<User> | undefined, texts: Texts): string {
  return nameOf(user) || texts.say('agent');
}

/** A message's sender; undefined for the visitor. */
export function senderOf(chat: Chat, id: string, texts: Texts): Sender | undefined {
  if (id === me()) return undefined;
  if (id === 'assistant') return { id, name: () => texts.say('assistant') };
  const user = [...chat.users, ...(chat.formerUsers ?? [])].find((one) => one.id === id);
  return { id, name: () => agentName(user, texts), picture: user?.picture };
}
