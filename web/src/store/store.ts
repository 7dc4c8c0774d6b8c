// Entry of parley-chat/store: the session, and its chats, as snapshots.

import type { Icf, ParleyEvents } from '../../index';
import type * as Public from '../../store';
import { type ChatView, chatView } from './chat-view';
import { keep, keepList, source } from './source';

const none: Public.SessionSnapshot = {
  isInit: false,
  logged: false,
  user: null,
  connection: { state: 'closed', code: 0 },
  chatIds: [],
  chatId: undefined,
  error: undefined,
};

const missing = "no ICF on this page: load icf.sdk.js first, or import 'parley-chat'";

function create(icf: Icf | undefined): Public.ChatStore {
  const views = new Map<string, ChatView>();
  const keys = new Map<string, string>();
  let open = false;
  let failure: Public.Failure | undefined;

  function view(id = ''): ChatView {
    let one = views.get(id);
    if (!one) views.set(id, (one = chatView(id, icf, keys, refresh)));
    return one;
  }
  // First all, then the listeners: one of them may read another snapshot.
  function refresh(...some: ChatView[]): void {
    for (const { tell } of [...some, session, current].filter(({ update }) => update())) tell();
  }

  const session = source(none, (last) => {
    if (!icf) return keep(last, { ...none, error: failure });
    const { Lobby, Parley, isInit } = icf;
    const { logged } = Lobby;
    const chats = Object.values(Lobby.chats ?? {});
    const chatIds = keepList(
      last.chatIds,
      chats.map(({ id }) => id),
    );
    const chat = chats.filter(({ closed }) => !closed).pop() ?? chats.pop();
    const user = logged ? icf.Connection.me() : null;
    return keep(last, { isInit, logged, user, connection: Parley.connection, chatIds, chatId: chat?.id, error: failure });
  });
  const current = source<Public.ChatSnapshot | undefined>(undefined, () => view(session.getSnapshot().chatId).getSnapshot());

  const fail = (error?: Public.Failure): void => {
    failure = error;
    refresh(...views.values());
  };
  const changed = ({ chatIds }: { chatIds: string[] }): void => {
    for (const id of Object.keys(icf!.Lobby.chats ?? {})) view(id).watch(open);
    if (!icf!.isInit) queueMicrotask(listen); // `ICF.Parley.destroy` drops all listeners after its last change
    const before = open;
    open = icf!.Parley.connection.state === 'open';
    if (open && !before) for (const { askPlace } of views.values()) askPlace();
    if (!icf!.isInit) queueMicrotask(listen); // the last event before `ICF.Parley.destroy` drops all listeners
    refresh(...(chatIds[0] ? chatIds.map(view) : views.values()));
  };
  const listeners: { [Name in keyof ParleyEvents]?: (data: ParleyEvents[Name]) => void } = {
    change: changed,
    message: ({ eventId, message }) => eventId && message && keys.set(message.id, eventId),
    error: (error) => (error.chatId ? view(error.chatId).fail : fail)(error),
    fatal: ({ message }) => fail({ code: 500, message }),
  };
  function listen(): void {
    for (const [event, listener] of Object.entries(listeners) as [keyof ParleyEvents, () => void][]) {
      icf!.Parley.off(event, listener).on(event, listener);
    }
  }
  if (icf) {
    listen();
    changed({ chatIds: [] });
  }

  return {
    ...session,
    icf: icf!,
    init: (options) => {
      if (icf) listen();
      const done = icf ? icf.init(options) : Promise.reject(Object.assign(new Error(missing), { code: 400 }));
      done.then(() => fail(), fail);
      return done;
    },
    chat: (id) => (id === undefined ? current : view(id)),
  };
}

const stores = new WeakMap<Icf, Public.ChatStore>();

// Where a page's one `ICF` is noted, whether it came by the script tag or by an import.
const page = Symbol.for('parley.icf');

export const chatStore: typeof Public.chatStore = (icf = (globalThis as any)[page] as Icf) => {
  let store = stores.get(icf);
  if (!store) {
    store = create(icf);
    if (icf) stores.set(icf, store);
  }
  return store;
};
