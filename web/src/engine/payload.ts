// The message of somebody else is parsed once, here, and its payload stays in the page. The core gets what it decides by;
// its orders have {"$":0} for the payload and {"$":1} for the message in it.

import type { Effect } from '../shared/abi';

/** What `parley_said` takes, and the payload. */
export interface Said {
  numbers: [seq: number, prev: number, chat: number, user: number, message: number, sender: number, imported: number];
  ids: string;
  data: any;
}

// How the server begins the push of a message that was no request of this page.
const beginning = /^{"seq":([1-9]\d{0,14}),"prev":(\d{1,15}),"event":"messages:new","data":{/;

// Ids whose length in bytes is that in characters.
const plain = /^[!-~]+$/;

/** Reads a frame if it has the message of somebody else, and nothing unusual. */
export function saidIn(frame: string): Said | undefined {
  const [, seq, prev] = beginning.exec(frame) ?? [];
  if (!seq) return;
  try {
    const { eventId, data } = JSON.parse(frame);
    const { message, ...rest } = data;
    const ids = [rest.chatId, rest.userId, message.id, message.sender];
    const values = [...Object.values(rest), ...Object.values(message)];
    if (eventId || values.some((value) => typeof value === 'object') || !ids.every((id) => id?.length && plain.test(id))) return;
    const [chat, user, id, sender] = ids.map(({ length }) => length);
    return { numbers: [+seq, +prev!, chat, user, id, sender, +(message.imported === true)], ids: ids.join(''), data };
  } catch {
    // The core says what is wrong with it.
  }
}

/** The orders with the payload in them: objects of their own in each place, since pages do with them what they like. */
export function filled(batch: Effect[], { data }: Said): Effect[] {
  const message = () => ({ ...data.message });
  const fill = (value: any) => (value?.$ === 0 ? { ...data, message: message() } : value?.[0]?.$ ? [message()] : value);
  return batch.map((effect) => effect.map(fill) as unknown as Effect);
}
