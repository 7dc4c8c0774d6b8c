// The messages of a chat as a window shows them: those of its history, below them what is on its way.

import type { Chat, Message, PendingMessage } from '../../index';
import type { ChatMessage } from '../../store';
import { keepList } from './source';

/** Gives the messages of a chat, and calls `arrived` for each that is new. `keys` has the ids under which this page sent messages. */
export function messageViews(keys: Map<string, string>, arrived: (message: Message) => void) {
  const views = new WeakMap<Message | PendingMessage, ChatMessage>();
  let list: readonly ChatMessage[] = [];
  let imports = 0;

  const past = (message: Message, me: string | undefined): ChatMessage => {
    const { id, imported, sender, readBy = [] } = message;
    let view = views.get(message);
    if (!view) arrived(message);
    if (view?.id !== id || view.readBy!.length !== readBy.length) {
      const own = sender === me;
      const read = own ? readBy.some((reader) => reader !== me) : imported || readBy.includes(me!);
      const key = view?.key ?? keys.get(id) ?? (id || `import ${++imports}`);
      view = Object.freeze({ ...message, readBy: [...readBy], key, own, state: read ? 'read' : 'sent' });
      views.set(message, view);
    }
    return view;
  };

  const coming = (entry: PendingMessage, me = ''): ChatMessage => {
    let view = views.get(entry);
    if (!view) {
      const { chatId: chat, eventId: key, state, text: message, error } = entry;
      // An event id begins with its time in milliseconds, in 12 hexadecimal digits.
      const created = Number.parseInt(key.slice(0, 12), 16) / 1000;
      view = Object.freeze({ key, id: '', chat, sender: me, type: 'text', message, created, own: true, state, error });
      views.set(entry, view);
    }
    return view;
  };

  return (chat: Chat, me: string | undefined, pending: PendingMessage[]): readonly ChatMessage[] => {
    list = keepList(list, [...chat.history.map((message) => past(message, me)), ...pending.map((entry) => coming(entry, me))]);
    return list;
  };
}
