// The chats that the agent of this tab is in, kept over a reload: a console that is opened again says which of them are gone.

import type { Saying } from '../../ui/element';
import { isolated, say, texts } from '../texts';
import type { Conversation } from './conversation';
import { tabChats } from './preferences';

/** Keeps which chats the agent is in. */
export function keepAttended(conversations: readonly Conversation[]): void {
  tabChats.set(JSON.stringify(conversations.map(({ id, visitorName }) => [id, visitorName])));
}

/** Says which of the chats that were kept are not among these; '' if all are. */
export function goneText(conversations: readonly Conversation[]): Saying {
  const gone = kept().filter(([id]) => !conversations.some((one) => one.id === id));
  if (gone.length === 0) return '';
  const names = gone.map(([, name]) => name);
  return () => say('gone', { n: names.length, names: () => texts.list(names.map(isolated)) });
}

function kept(): [id: string, name: string][] {
  return JSON.parse(tabChats.get() || '[]') as [string, string][]; // written by keepAttended alone
}
