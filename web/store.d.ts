// The public interface of `parley-chat/store`: what a chat window shows, as immutable snapshots for any framework.
// The implementation is checked against this file.

import type {
  Agent,
  AssignAlgorithm,
  Chat,
  ChatProperties,
  ConnectionState,
  Icf,
  InitOptions,
  Message,
  SentMessage,
  User,
} from './index.js';

/** Something that changes and can be read at any time. The functions need no `this`. */
export interface Store<Snapshot> {
  /** Calls the listener after each change of the snapshot, until the function that is returned is called. */
  subscribe: (listener: () => void) => () => void;
  /** What holds now. It is never changed: the same object means that nothing has changed. */
  getSnapshot: () => Snapshot;
  /** What a server renders, and a browser at first when it takes over that page. */
  getServerSnapshot: () => Snapshot;
}

/** Why something failed: the code and the message of a `ParleyError`. */
export interface Failure {
  readonly code: number;
  readonly message: string;
}

/** The session in this page. */
export interface SessionSnapshot {
  /** Whether `ICF.init` has succeeded. */
  readonly isInit: boolean;
  /** Whether a user is logged in. */
  readonly logged: boolean;
  /** The user who is logged in. */
  readonly user: User | null;
  readonly connection: ConnectionState;
  /** The chats that this page holds, closed ones too; the oldest first. */
  readonly chatIds: readonly string[];
  /** The newest chat that is open, else the newest. */
  readonly chatId: string | undefined;
  /** What failed last that is not about one chat. A successful `init` ends it. */
  readonly error: Failure | undefined;
}

/** A message as a window shows it: of the chat, or on its way there. */
export interface ChatMessage extends Readonly<Message> {
  /** Stays the same from pending to read: a key for lists. `retry` and `discard` take it. */
  readonly key: string;
  /** It is this user's. */
  readonly own: boolean;
  /**
   * `pending`: the server does not have it yet; `failed`: it was refused, as `error` says; `sent`: the chat has it; `read`:
   * another user has read it, or this user if it is another's. The `id` of what is pending or failed is empty.
   */
  readonly state: 'pending' | 'failed' | 'sent' | 'read';
  readonly error?: Failure;
}

/**
 * What can be done with a chat. Each is the same function in all snapshots and needs no `this`. Results and errors are those of
 * the call that it passes on; a rejection needs no handler, since it is the chat's `error`, or shown at the message.
 */
export interface ChatActions {
  /** `Chat.sendMessage`: the text is among the messages at once. */
  sendMessage: (text: string) => Promise<SentMessage>;
  /** `Chat.searchAgent`. */
  searchAgent: (algorithm?: AssignAlgorithm) => Promise<{ agent?: Agent }>;
  /** `ICF.Parley.retry` of a message that has failed or is pending. */
  retry: (key: string) => Promise<unknown>;
  /** `ICF.Parley.discard` of a message that has failed or is pending. */
  discard: (key: string) => Promise<unknown>;
  /** `Chat.readMessage` of all messages that are unread, once each. Call it when they are in view. */
  markRead: () => void;
}

/** A chat as a window shows it, and what can be done with it. */
export interface ChatSnapshot extends Readonly<Omit<ChatProperties, 'history'>>, ChatActions {
  /** The chat itself, for all else: `sendMedia`, `close`, `importHistory`. */
  readonly chat: Chat;
  /** All messages by time; below them what is pending or has failed. */
  readonly messages: readonly ChatMessage[];
  /** How many messages of others this user has not read. */
  readonly unread: number;
  /** Other users who are typing now. */
  readonly typing: readonly User[];
  /** The place in the queue, from 1, and the estimated wait in seconds. */
  readonly queue: { readonly position: number; readonly waitingTime: number } | undefined;
  /** A search has ended without an agent: nobody was available or has accepted, or the last agent has left. */
  readonly alone: boolean;
  /** When the server closes the chat unless somebody writes, in unix milliseconds by `ICF.Parley.now()`. */
  readonly expiresAt: number | undefined;
  /** What failed last in this chat. The next action ends it. */
  readonly error: Failure | undefined;
}

/** The session's snapshots, and stores of its chats. */
export interface ChatStore extends Store<SessionSnapshot> {
  /** What it is the store of: all else that can be done. */
  readonly icf: Icf;
  /** `ICF.init`. A rejection needs no handler: it is in `error`. */
  init: (options: InitOptions) => Promise<void>;
  /**
   * A chat by its id, or the one that `chatId` names at the time: `undefined` while this page has none. A chat that is no
   * longer held keeps its last snapshot. The same id gives the same store.
   */
  chat: (id?: string) => Store<ChatSnapshot | undefined>;
}

/**
 * The store of an `ICF`: the same one for the same object, however often it is asked for. It listens by the event `change` of
 * `ICF.Parley` and by events of chats, and adds no listener to `message:received`, so that what pages find unread stays so.
 *
 * @param icf Defaults to the page's: that of the script tag, or of `import 'parley-chat'`. Where there is none, as on a server, all
 *   is empty.
 */
export function chatStore(icf?: Icf): ChatStore;
