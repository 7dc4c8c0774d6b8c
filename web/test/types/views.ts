// Code on the store and the hooks that must compile.

import { ChatProvider, useChat, useChatStore, useConnection, useMessages, useSession, useTyping } from '../../react';
import { type ChatMessage, type ChatSnapshot, type ChatStore, chatStore, type Store } from '../../store';

const store: ChatStore = chatStore(ICF);
const { subscribe, getSnapshot } = store;
const stop: () => void = subscribe(() => getSnapshot().user?.name.toUpperCase());
stop();
store.init({ appId: 'demo' });
const chat: Store<ChatSnapshot | undefined> = store.chat('c1');

export function Talk() {
  const current = useChat();
  const messages: readonly ChatMessage[] = useMessages(current?.id);
  const { logged, error } = useSession();
  const names = useTyping().map(({ name }) => name);
  useChatStore().chat().getServerSnapshot()?.queue?.position.toFixed();
  current?.sendMessage('x');
  current?.chat.close();
  // @ts-expect-error A snapshot is not changed.
  if (current) current.messages.push(messages[0]!);
  // @ts-expect-error Nor is a message.
  if (messages[0]) messages[0].state = 'read';
  return `${useConnection().state} ${logged} ${error?.code} ${names} ${chat.getSnapshot()?.alone}`;
}

ChatProvider({ icf: ICF, options: { appId: 'demo' }, children: 'x' });
// @ts-expect-error The app is missing.
ChatProvider({ options: {} });
