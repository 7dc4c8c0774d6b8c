// What the tab remembers of its open chat, so that the window of the site's next page is there before anything is loaded.

import type { Message } from '../../index';
import { tabEntry } from '../ui/storage';
import type { Rules, Sender } from './view';

/** Somebody as they were shown. */
interface KeptPerson extends Pick<Sender, 'id' | 'picture'> {
  name: string;
}

export const keptPerson = (one: Sender): KeptPerson => ({ ...one, name: one.name() });
export const shownPerson = (one: KeptPerson): Sender => ({ ...one, name: () => one.name });

/** A message as it was shown; the visitor's own has no sender. */
export interface KeptMessage {
  message: Message;
  from?: KeptPerson | undefined;
  /** Others have read it. */
  read: boolean;
}

export interface Kept {
  appId: string;
  chatId: string;
  /** How many messages the visitor had not seen. */
  unread: number;
  media: Rules['media'];
  /** The line under the title: another one might take more room. */
  state: string;
  /** The agents in the chat. */
  people: KeptPerson[];
  /** The last ones, in their order. */
  messages: KeptMessage[];
}

/** More than a window shows; and how many characters they may take, as JSON. */
const most = 30;
const longest = 100_000;

const entry = tabEntry('parley.chat');

/** Whether anything is remembered. */
export function isKept(): boolean {
  return entry.get() !== '';
}

/** Gives what is remembered of this app's chat. What cannot be read is forgotten. */
export function remembered(appId: string): Kept | undefined {
  try {
    const kept = JSON.parse(entry.get() || 'null') as Kept | null;
    if (kept?.appId === appId && Array.isArray(kept.messages) && Array.isArray(kept.people)) return kept;
  } catch {
    // Somebody else has written there.
  }
  entry.clear();
  return undefined;
}

/** Remembers a chat in place of the one before, with as many of its last messages as there is room for. */
export function remember(kept: Kept): void {
  let room = longest;
  const last = kept.messages.slice(-most);
  const fitting = last.reverse().filter((one) => (room -= JSON.stringify(one).length) > 0);
  entry.set(JSON.stringify({ ...kept, messages: fitting.reverse() }));
}

export function forget(): void {
  entry.clear();
}
