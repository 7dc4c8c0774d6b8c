// The public interface of `parley-chat/react`: hooks on `parley-chat/store`. The implementation is checked against this file.

import type { ReactNode } from 'react';
import type { ConnectionState, Icf, InitOptions, User } from './index.js';
import type { ChatMessage, ChatSnapshot, ChatStore, SessionSnapshot } from './store.js';

export interface ChatProviderProps {
  /** Defaults to the page's, as for `chatStore`. */
  icf?: Icf;
  /**
   * Calls `ICF.init` with these in the browser; without them the page does it. The same options in another object are no
   * change; where others follow, `ICF.Parley.destroy` ends what runs, and `ICF.init` begins anew. A failure is
   * `useSession().error`.
   */
  options?: InitOptions;
  children?: ReactNode;
}

/**
 * Gives the components below it their `ICF`, and begins it. Without a provider hooks use the page's. When it is unmounted
 * the chat goes on, and what is being sent is sent.
 */
export function ChatProvider(props: ChatProviderProps): ReactNode;

/** The store, for what no hook gives. */
export function useChatStore(): ChatStore;

/** The session: who is logged in, the connection, the chats held. */
export function useSession(): SessionSnapshot;

/** The state of the connection. */
export function useConnection(): ConnectionState;

/** A chat by its id, or the newest open one; `undefined` while there is none. The component draws with each change of it. */
export function useChat(id?: string): ChatSnapshot | undefined;

/** The messages of that chat: the component draws only when they change. */
export function useMessages(id?: string): readonly ChatMessage[];

/** The other users who are typing in that chat. */
export function useTyping(id?: string): readonly User[];
