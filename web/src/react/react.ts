// Entry of parley-chat/react. React reads the store's snapshots itself, so that all components show the same one.
'use client';

import { createContext, createElement, useContext, useEffect, useRef, useSyncExternalStore } from 'react';
import type * as Public from '../../react';
import type { ChatStore, Store } from '../../store';
import { chatStore } from '../store/store';

const Context = createContext<ChatStore | undefined>(undefined);
const nothing: readonly never[] = [];

function useSelected<Snapshot, T>(store: Store<Snapshot>, select: (snapshot: Snapshot) => T): T {
  return useSyncExternalStore(
    store.subscribe,
    () => select(store.getSnapshot()),
    () => select(store.getServerSnapshot()),
  );
}

export const ChatProvider: typeof Public.ChatProvider = ({ icf, options, children }) => {
  const store = chatStore(icf);
  const key = options && JSON.stringify(options);
  const begun = useRef<string>(undefined);
  useEffect(() => {
    if (!key) return;
    if (begun.current && begun.current !== key) void store.icf.Parley.destroy(); // the next init need not wait for it
    begun.current = key;
    void store.init(JSON.parse(key)); // a failure is in the snapshot
  }, [store, key]);
  return createElement(Context.Provider, { value: store }, children);
};

export const useChatStore: typeof Public.useChatStore = () => useContext(Context) ?? chatStore();

export const useSession: typeof Public.useSession = () => useSelected(useChatStore(), (session) => session);

export const useConnection: typeof Public.useConnection = () => useSelected(useChatStore(), ({ connection }) => connection);

export const useChat: typeof Public.useChat = (id) => useSelected(useChatStore().chat(id), (chat) => chat);

export const useMessages: typeof Public.useMessages = (id) => useSelected(useChatStore().chat(id), (chat) => chat?.messages ?? nothing);

export const useTyping: typeof Public.useTyping = (id) => useSelected(useChatStore().chat(id), (chat) => chat?.typing ?? nothing);
