// The operations about messages, files and histories.

import { type Backend, nothing, type Outcome, type StoredFile } from './backend';
import { type ChatLog, check } from './chat-log';
import { judgeFile } from './file-types';
import { append, type Call, type Operation, type Result, resultOf, sentFile, type Upload } from './operation';
import { imported, readHistory } from './operations-chats';
import { isAgent, type LogMessage, Refusal, showsHTML, type User, unix, visible } from './protocol';
import { csv, sendersOf, transcriptText } from './saved-conversation';

function newMessage(call: Call): Result {
  const { backend, chat, params, user } = call;
  const { text, format } = params.message();
  if (!visible(text) || (format && !showsHTML(text))) {
    params.fail('message: must be given and must show something, not only blanks or invisible characters');
  }
  if (format && !isAgent(user))
    throw new Refusal('403 not-allowed', "format: only agents and the app's secret may send HTML; leave it out");
  const outcome = append(call, 'messages:new', () => {
    const id = `${chat.id}.${chat.messages.length + 1}`;
    const created = unix(backend.clock.now());
    const message = { id, chat: chat.id, sender: user.id, type: 'text', message: text, created, ...(format && { format }) };
    return { chatId: chat.id, userId: user.id, message };
  });
  return resultOf(outcome, { message: outcome.record!.data.message });
}

function readMessage(call: Call): Result {
  const { chat, params, user } = call;
  const id = params.requiredText('messageId');
  const index = chat.indexOf(id);
  if (index < 0) throw new Refusal('404 unknown-message', `unknown message ${JSON.stringify(id)}`);
  const upTo = params.flag('upTo');
  const message = chat.messages[index]!;
  const outcome = append(call, 'messages:read', () => {
    const read = upTo ? chat.unread(user.id, index).length === 0 : chat.readBy(user.id, index);
    const watches = chat.state.watchers.some((watcher) => watcher.id === user.id);
    if (read || (watches && !chat.config.historyWatch)) return nothing;
    return { chatId: chat.id, userId: user.id, message, ...(upTo && { upTo }) };
  });
  return resultOf(outcome, { message, userId: user.id, success: true });
}

function listMessages({ chat, params }: Call): Result {
  let messages = chat.history();
  const after = params.text('after');
  if (after) {
    const index = chat.indexOf(after);
    if (index < 0) throw new Refusal('404 unknown-message', `after: unknown message ${JSON.stringify(after)}`);
    messages = messages.slice(index + 1);
  }
  if (params.has('limit')) messages = messages.slice(0, params.count('limit', 1, 1 << 30, 1));
  return { body: { messages } };
}

function importHistory(call: Call): Result {
  const { chat, params, user } = call;
  const brief = params.flag('brief');
  const history = readHistory(call);
  if (!history) throw new Refusal('400 bad-argument', 'history: must be given');
  const outcome = append(call, 'history:import', () =>
    history.length === 0
      ? nothing
      : { chatId: chat.id, userId: user.id, history: imported(chat, history, chat.records[0]!.data.chat.created) },
  );
  const own = outcome.record && { history: outcome.record.data.history as LogMessage[] };
  return resultOf(outcome, brief ? { ...own } : { history: chat.sortedHistory() });
}

function chatHistory({ chat, params }: Call): Result {
  const format = params.oneOf('format', 'json', 'csv', 'text', 'txt');
  const conversation = { chatId: chat.id, senders: sendersOf(chat), history: chat.sortedHistory() };
  if (!format) return { body: conversation };
  const [kind, type, text] =
    format === 'json'
      ? ['json', 'application/json', JSON.stringify(conversation)]
      : format === 'csv'
        ? ['csv', 'text/csv', csv(chat)]
        : ['txt', 'text/plain', transcriptText(chat)];
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-disposition': `attachment; filename=conversation-${chat.id}.${kind}`,
    'cache-control': 'no-store',
  };
  return { file: { headers, bytes: new TextEncoder().encode(text) } };
}

function uploadMedia({ backend, chat, user, eventId, upload: given }: Call): Result {
  if (!given) throw new Refusal('400 bad-argument', 'media: must be given, as the last field of a multipart form');
  const outcome = upload(backend, chat, user, eventId, given);
  const { message } = outcome.record!.data;
  return resultOf(outcome, { media: sentFile(message.message, user.id), message });
}

/** Stores a file, and appends the message about it. */
export function upload(
  backend: Backend,
  chat: ChatLog,
  user: User,
  eventId: string,
  { name: called, type: declared, bytes }: Upload,
): Outcome {
  const rules = backend.settings.media;
  if (!rules.active) throw new Refusal('403 files-off', 'files cannot be sent in this app');
  if (bytes.length === 0) throw new Refusal('400 file-empty', 'media: the file is empty');
  const { type, name } = judgeFile(rules.types, { name: called, type: declared, bytes });
  if (!chat.recordOf(user.id, eventId)) check(chat, user.id, 'messages:new');
  if (bytes.length > rules.maxBytes)
    throw new Refusal('413 file-too-long', `media: the file is larger than the limit of ${rules.maxBytes} bytes`);
  return backend.append(chat, user.id, eventId, 'messages:new', () => {
    const id = `${chat.id}-${backend.ids.next()}`;
    const file: Omit<StoredFile, 'bytes'> = { id, url: `/media/${id}`, type, name, size: bytes.length };
    backend.files.set(id, { ...file, bytes });
    const messageId = `${chat.id}.${chat.messages.length + 1}`;
    const message = { id: messageId, chat: chat.id, sender: user.id, type: 'media', message: file, created: unix(backend.clock.now()) };
    return { chatId: chat.id, userId: user.id, message };
  });
}

function getMedia({ backend, params }: Call): Result {
  const id = params.text('mediaId');
  const file = backend.files.get(id);
  if (!file) throw new Refusal('404 unknown-file', `unknown file ${JSON.stringify(id)}`);
  const as = /^(image|audio|video)\//.test(file.type) || file.type === 'application/pdf' ? 'inline' : 'attachment';
  const headers = {
    'content-type': file.type,
    'content-disposition': `${as}; filename=${JSON.stringify(file.name)}`,
    etag: JSON.stringify(id),
    'cache-control': 'private, max-age=31536000, immutable',
  };
  return { file: { headers, bytes: file.bytes } };
}

function userActivity({ backend, chat, params, user, connection }: Call): Result {
  const type = params.oneOf('type', 'writing', 'stop-writing', 'not-writing') || params.requiredText('type');
  check(chat, user.id, 'users:activity');
  backend.pushToChat(chat, { event: 'users:activity', data: { chatId: chat.id, userId: user.id, type } }, connection);
  return { chat, upTo: chat.seq };
}

export const messageOperations: Operation[] = [
  { event: 'messages:new', method: 'POST', path: '/chats/{chatId}/messages', access: 'chatMember', writes: true, run: newMessage },
  { event: '', method: 'GET', path: '/chats/{chatId}/messages', access: 'chatReader', writes: false, run: listMessages },
  { event: '', method: 'GET', path: '/chats/{chatId}/history', access: 'chatReader', writes: false, run: chatHistory },
  { event: '', method: 'GET', path: '/chats/{chatId}/history.{format}', access: 'chatReader', writes: false, run: chatHistory },
  { event: 'history:import', method: 'POST', path: '/chats/{chatId}/history', access: 'chatMember', writes: true, run: importHistory },
  { event: 'messages:read', method: 'PUT', path: '/messages/{messageId}/read', access: 'chatMember', writes: true, run: readMessage },
  { event: '', method: 'POST', path: '/media', access: 'chatMember', writes: true, run: uploadMedia },
  { event: '', method: 'GET', path: '/media/{mediaId}', access: 'chatReader', writes: false, run: getMedia },
  { event: 'users:activity', method: 'POST', path: '/users/{userId}/activity', access: 'chatMember', writes: false, run: userActivity },
];
