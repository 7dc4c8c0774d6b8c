// A message that the server sends, somebody else's or in the reply to a request, is parsed once, here, and its payload
// stays in the page. The core gets what it decides by; its orders have {"$":0} for the payload and {"$":1} for the
// message in it. So does a part of a long history, whose frame the core gets with [{"$":2}] for the messages.

import type { Effect } from '../shared/abi';

/** A payload, and what the core gets: the numbers and ids that `parley_said` takes, or without numbers a frame. */
export interface Kept {
  numbers?: [seq: number, prev: number, chat: number, user: number, message: number, sender: number, request: number, imported: number];
  text: string;
  data: any;
}

// How the server begins the push of a message that was no request of this page, and a reply with a message.
const beginnings = /^{("seq":[1-9]\d*,"prev":\d+,"event":"messages:new","data":{|"id":"[^"\\]+","data":{"message":{)/;

// Ids whose length in bytes is that in characters.
const plain = /^[!-~]+$/;

const objectsIn = (object: object) => Object.values(object).filter((value) => typeof value === 'object').length;

/** Reads a frame if it has a message, and nothing unusual. */
export function saidIn(frame: string): Kept | undefined {
  if (!beginnings.test(frame)) return;
  try {
    const all = JSON.parse(frame);
    const { id = '', data } = all;
    const { message } = data;
    const { seq = 0, prev = 0 } = id ? data : all;
    const [chat, user] = id ? ['', ''] : [data.chatId, data.userId];
    const ids = [chat, user, message.id, message.sender, id];
    const usual =
      Object.keys(all).length === (id ? 2 : 4) &&
      objectsIn(data) + objectsIn(message) === 1 &&
      [seq, prev].every((n) => Number.isSafeInteger(n) && n >= 0) &&
      ids.filter((one) => typeof one === 'string' && plain.test(one)).length === (id ? 3 : 4);
    if (!usual) return;
    const lengths = ids.map(({ length }) => length);
    return { numbers: [seq, prev, ...lengths, +(message.imported === true)] as Kept['numbers'], text: ids.join(''), data };
  } catch {
    // The core says what is wrong with it.
  }
}

// How the server begins a part of a history, up to its messages.
const part = /^{"event":"chats:history","data":{"chatId":"[^"\\]+","from":\d+,"history":(?=\[)/;

/** Reads a frame if it has a part of a history, and nothing unusual. The core must not hold the chat: else it looks for what was missed. */
export function partIn(frame: string): Kept | undefined {
  const [beginning] = part.exec(frame) ?? [];
  if (!beginning) return;
  try {
    const { data, ...rest } = JSON.parse(frame);
    const usual =
      Object.keys(rest).length === 1 &&
      Object.keys(data).length === 3 &&
      data.history.every(({ id, sender, imported = true }: any) => typeof id + typeof sender + typeof imported === 'stringstringboolean');
    if (usual) return { text: `${beginning}[{"$":2}]}}`, data };
  } catch {
    // The core says what is wrong with it.
  }
}

/** The orders with the payload in them: objects of their own in each place, since pages do with them what they like. */
export function filled(batch: Effect[], { data }: Kept): Effect[] {
  const message = () => ({ ...data.message });
  const fill = (value: any) => {
    if (typeof value !== 'object') return value;
    if (value?.$ === 0) return { ...data, message: message() };
    if (value?.[0]?.$) return value[0].$ > 1 ? data.history : [message()];
    return value?.message?.$ ? { ...value, message: message() } : value;
  };
  return batch.map((effect) => effect.map(fill) as unknown as Effect);
}
