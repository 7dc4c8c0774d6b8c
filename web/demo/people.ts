// Who is in a chat, by name.

import type { Chat, User } from '../index';
import { isolate } from '../src/ui/direction';
import { nameOf } from '../src/ui/format';

/** The visitor's id. */
export function me(): string | undefined {
  return ICF.Connection.me()?.id;
}

function agentName(user: Partial<User> | undefined): string {
  return nameOf(user) || 'Agent';
}

/** An agent's name for use in a sentence. */
export function agentCalled(user: Partial<User>): string {
  return isolate(agentName(user));
}

/** The name of a message's sender, '' for the visitor. */
export function senderName(chat: Chat, userId: string): string {
  if (userId === me()) return '';
  const people = [...chat.users, ...(chat.formerUsers ?? [])];
  return userId === 'assistant' ? 'Assistant' : agentName(people.find((user) => user.id === userId));
}
