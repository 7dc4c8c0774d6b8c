// What an operation is: its row in the table, a call of it, its result; and who may call it.

import type { Backend, Outcome, Recipient, StoredFile } from './backend';
import { type Audience, audienceOf, type ChatLog, check, has, type Record } from './chat-log';
import type { Params } from './params';
import { type Frame, isAgent, Refusal, type User } from './protocol';
import type { Routing } from './routing';

export type Access =
  | 'anyApp'
  | 'anySession'
  | 'anyAgent'
  | 'chatReader'
  | 'chatMember'
  | 'memberOrSupervisor'
  | 'agentForChat'
  | 'supervisor';

export interface Operation {
  /** Its name on the socket, '' if it is not offered there. */
  event: string;
  /** Its method and path of REST, '' if it is not offered there. */
  method: string;
  path: string;
  access: Access;
  /** Whether it writes to the log. */
  writes: boolean;
  run(call: Call): Result;
}

/** A file that a request carries. */
export interface Upload {
  name: string;
  type: string;
  bytes: Uint8Array;
}

export interface Call {
  backend: Backend;
  routing: Routing;
  /** Whose session it is; undefined without one. */
  session: { user: User; token: string; ended: boolean } | undefined;
  eventId: string;
  params: Params;
  /** Over which it came; undefined over REST. */
  connection: Recipient | undefined;
  upload: Upload | undefined;
  /** Set by `authorize`: the user who acts, and the chat that the call is about. */
  user: User;
  chat: ChatLog;
}

/** What an operation gives: the data of the reply, or a file. */
export interface Result {
  body?: object;
  /** The chat whose entries go before the reply, up to `upTo`; `record` is the one that the reply takes the place of. */
  chat?: ChatLog;
  upTo?: number;
  record?: Record | undefined;
  before?: Frame[];
  /** The chats that are live after this reply to session:open, each with the position that the client has. */
  live?: [chat: string, cursor: number][];
  file?: { headers: { [name: string]: string }; bytes: Uint8Array };
}

/** Appends an entry by the acting user to the call's chat, if the chat allows it. */
export function append({ backend, chat, user, eventId }: Call, event: string, build: () => unknown): Outcome {
  return backend.append(chat, user.id, eventId, event, () => {
    check(chat, user.id, event);
    return build();
  });
}

/** The result of an append. */
export function resultOf({ chat, record }: Outcome, body?: object): Result {
  return { chat, record, upTo: record?.seq ?? chat.seq, ...(body && { body }) };
}

/** The reply's data, with the position of the entry that it takes the place of. */
export function dataOf({ body = { success: true }, record }: Result, to: Audience): object {
  return record?.visible[to] ? { ...body, seq: record.seq, prev: record.prev[to] } : body;
}

export const loggedOut = () =>
  new Refusal('401 session-ended', "the session has ended: its token only reads the user's own chats, for a while");

/** Decides whether the call may be made, and completes it. */
export function authorize(operation: Operation, call: Call): void {
  const { access } = operation;
  const { session, backend, params } = call;
  if (session?.ended && access !== 'chatReader') throw loggedOut();
  if (access === 'anyApp') return;
  const named = ['userId', 'sender', 'senderId', 'creator'].map((name) => params.text(name)).find(Boolean);
  if (!session) throw new Refusal('401 not-logged-in', 'needs a session: send its token as x-hyper-token');
  call.user = session.user;
  if (named && named !== call.user.id) {
    throw new Refusal('403 wrong-user', `the session is of user ${call.user.id}, not of ${JSON.stringify(named)}`);
  }
  if (access === 'anySession') return;
  if (access === 'anyAgent') return need(isAgent(call.user), 'only agents may do this');
  call.chat = backend.chat(chatIdOf(operation, params));
  const done = call.chat.recordOf(call.user.id, call.eventId)?.event === operation.event && operation.event;
  if (!done) need(...relation(access, call));
}

function need(holds: boolean, refusal: string): void {
  if (!holds) throw new Refusal('403 not-allowed', refusal);
}

function relation(access: Access, { chat, user }: Call): [holds: boolean, refusal: string] {
  const { users, watchers, creator } = chat.state;
  const participant = has(users, user.id) || user.id === creator;
  const supervisor = user.role === 'supervisor';
  const outside = `user ${user.id} is not in chat ${chat.id}`;
  switch (access) {
    case 'chatReader': {
      const invited = chat.round.pending && chat.round.invited.agent.id === user.id;
      return [supervisor || invited || chat.members.has(user.id), outside];
    }
    case 'chatMember':
      return [participant || has(watchers, user.id), outside];
    case 'memberOrSupervisor':
      return [participant || supervisor, outside];
    case 'supervisor':
      return [supervisor, 'only supervisors may do this'];
    default:
      return [participant || isAgent(user), 'only agents may do this'];
  }
}

/** A message's or a file's id begins with that of its chat. */
function chatIdOf({ event, path }: Operation, params: Params): string {
  if (event === 'messages:read') {
    const messageId = params.requiredText('messageId');
    const id = messageId.split('.')[0]!;
    const given = params.text('chatId');
    if (given && given !== id) params.fail(`messageId: message ${JSON.stringify(messageId)} is not in chat ${JSON.stringify(given)}`);
    return id;
  }
  if (path === '/media/{mediaId}') return params.text('mediaId').split('-')[0]!;
  return params.requiredText('chatId');
}

export const audience = ({ user }: Call): Audience => audienceOf(user);

/** A file as uploads are answered. */
export const sentFile = ({ id, name, size, type, url }: Omit<StoredFile, 'bytes'>, senderId: string) => ({
  id,
  name,
  size,
  senderId,
  type,
  url,
});
