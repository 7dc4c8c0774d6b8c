// One chat: what its events tell and its properties do not, and what can be done with it.

import type { Chat, ChatEvents, Icf, User } from '../../index';
import type { ChatActions, ChatSnapshot, Failure } from '../../store';
import { messageViews } from './messages';
import { keep, keepList, type Source, source } from './source';

// After so long without a sign an agent counts as stopped, whose page repeats it. A visitor's page tells it once.
const typingMs = 15_000;

export interface ChatView extends Source<ChatSnapshot | undefined> {
  /** Listens to the chat, which this page holds; `open`: the connection was there before it. */
  watch(open: boolean): void;
  /** Asks for the place in the queue: it is told when it changes, and that may have been missed. */
  askPlace(): void;
  fail(error: Failure): void;
}

/** `keys` has the ids under which this page sent messages. `refresh` is called when something of the chat may have changed. */
export function chatView(id: string, icf: Icf | undefined, keys: Map<string, string>, refresh: (view: ChatView) => void): ChatView {
  const typing = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  const receipts = new Set<string>();
  let chat: Chat | undefined;
  let watched: Chat | undefined;
  let typists: readonly User[] = [];
  let queue: ChatSnapshot['queue'];
  let alone = false;
  let expiresAt: number | undefined;
  let failure: Failure | undefined;

  const changed = () => refresh(view);
  const find = () => (chat = icf?.Lobby.chats?.[id] ?? chat);
  const stopped = (userId: string) => {
    clearTimeout(typing.get(userId));
    typing.delete(userId);
  };
  const messagesOf = messageViews(keys, ({ sender }) => {
    stopped(sender);
    expiresAt = undefined;
  });
  const place = ({ queuePosition: position, waitingTime }: ChatEvents['queue:update']) => {
    queue = { position, waitingTime };
  };
  const fail = (error?: Failure) => {
    failure = error;
    changed();
  };
  /** Gives the promise, whose rejection is `error` then; 499 is no failure, but what `discard` does. */
  const act = <T>(done: Promise<T>): Promise<T> => {
    fail();
    done.catch((error) => error.code !== 499 && fail(error));
    return done;
  };

  const actions: ChatActions = {
    sendMessage: (text) => act(chat!.sendMessage(text)),
    retry: (key) => act(icf!.Parley.retry(key)),
    discard: (key) => act(icf!.Parley.discard(key)),
    searchAgent: (algorithm) => {
      alone = false;
      return act(
        chat!.searchAgent(algorithm).then((found) => {
          alone = !found.agent;
          changed();
          return found;
        }),
      );
    },
    markRead: () => {
      for (const message of view.getSnapshot()!.messages) {
        if (message.own || message.state === 'read' || receipts.has(message.id)) continue;
        receipts.add(message.id);
        chat!.readMessage(message.id).catch(() => {}); // it is a stored request: what is refused now is refused later
      }
    },
  };

  const on = <Name extends keyof ChatEvents>(event: Name, apply: (data: ChatEvents[Name]) => void) => {
    chat!.on(event, (data) => {
      changed(); // by what came before the event
      apply(data);
      changed();
    });
  };
  const view: ChatView = {
    ...source<ChatSnapshot | undefined>(undefined, (last) => {
      if (!find()) return undefined;
      const { history, ...properties } = chat!;
      const { closed, inQueue, users } = properties;
      const { Connection, Parley } = icf!;
      const messages = messagesOf(chat!, Connection.me()?.id, Parley.pending(id));
      // That somebody stopped may have been missed without a connection.
      if (closed || Parley.connection.state !== 'open') for (const userId of typing.keys()) stopped(userId);
      typists = keepList(
        typists,
        users.filter((user) => typing.has(user.id)),
      );
      if (closed || inQueue || chat!.hasOtherUsers()) alone = false;
      return keep(last, {
        ...properties,
        chat: chat!,
        messages,
        unread: messages.filter((message) => !message.own && message.state === 'sent').length,
        typing: typists,
        queue: inQueue ? queue : undefined,
        alone,
        expiresAt: closed ? undefined : expiresAt,
        error: failure,
        ...actions,
      });
    }),
    fail,
    watch: (open) => {
      if (watched === find()) return;
      watched = chat;
      on('user:activity', ({ userId, type }) => {
        stopped(userId);
        if (type !== 'writing') return;
        const end = () => {
          stopped(userId);
          changed();
        };
        typing.set(userId, userId === chat!.creator ? undefined : setTimeout(end, typingMs));
      });
      on('queue:update', place);
      on('forever:alone', () => {
        alone = true;
      });
      on('user:left', ({ searching }) => {
        alone = !searching;
      });
      on('chat:timer:expiryAlert', ({ timeLeft }) => {
        expiresAt = icf!.Parley.now() + timeLeft * 1000;
      });
      on('error', fail);
      if (open) view.askPlace();
    },
    askPlace: () => {
      if (!chat?.inQueue || chat.closed) return;
      icf!.Api.request(`/queues/update/${id}`).then(
        ({ data }) => {
          place(data.data);
          changed();
        },
        () => {}, // the next `queue:update` tells
      );
    },
  };
  return view;
}
