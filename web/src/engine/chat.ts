// The Chat object. Its own properties are the chat's data, which follow the conversation; its
// methods are on the prototype.

import type * as Public from '../../index';
import type { CommandName, Commands } from '../shared/abi';
import * as args from '../shared/args';
import type { Caller, FileTransfer } from '../shared/contract';
import { ParleyError, refused } from '../shared/errors';
import { Listenable } from '../shared/listeners';
import { History } from './history';
import { Transfer } from './transfer';

const activities = ['writing', 'stop-writing', 'not-writing'] as const;

const cores = new WeakMap<Chat, Caller>();
const histories = new WeakMap<Chat, History>();

/** The messages of a chat. */
export const historyOf = (chat: Chat): History => histories.get(chat)!;

export class Chat extends Listenable<Public.ChatEvents> implements Public.Chat {
  declare id: string;
  declare status: Public.Chat['status'];
  declare closed: boolean;
  declare creator: string;
  declare room: string;
  declare lang: string;
  declare source: string | number;
  declare created: number;
  declare externalId?: string;
  declare inQueue: boolean;
  declare users: Public.User[];
  declare watchers: Public.User[];
  declare history: Public.Message[];

  constructor(core: Caller, data: Public.ChatProperties) {
    super();
    cores.set(this, core);
    this.id = data.id;
    histories.set(this, new History(this, core));
    replace(this, data);
  }

  async searchAgent(algorithm?: Public.AssignAlgorithm): Promise<{ agent?: Public.Agent }> {
    return call(this, 'chat.search', { algorithm: args.optText('algorithm', algorithm) });
  }

  async sendUserActivity(type: Public.ActivityType): Promise<{ success: boolean }> {
    return call(this, 'chat.activity', { type: args.oneOf('type', type, activities) });
  }

  async sendMessage(message: string, onCreate?: (eventId: string, message: string, sender: string) => void): Promise<Public.SentMessage> {
    return call(this, 'chat.send', { text: args.text('message', message) }, args.optFunction('onCreate', onCreate));
  }

  async readMessage(messageId: string): Promise<Public.MessageResponse & { userId: string }> {
    const answer = await call(this, 'chat.read', { messageId: args.text('messageId', messageId) });
    historyOf(this).read(messageId, answer.userId, false);
    return answer;
  }

  async sendMedia(media: File, onProgress?: (progress: number) => void): Promise<{ media: Public.SentMedia }> {
    const { name, size } = args.file('media', media);
    const transfer = new Transfer(media, args.optFunction('onProgress', onProgress));
    return call(this, 'chat.upload', { name, size }, undefined, transfer);
  }

  importHistory(history: Public.HistoryEntry[]): Public.Message[] & PromiseLike<Public.Message[]> {
    try {
      return historyOf(this).import(history);
    } catch (thrown) {
      throw refused(thrown);
    }
  }

  readAnyUnreadMessageFromHistory(): Record<string, Public.Message> {
    return historyOf(this).unread();
  }

  async close(extraData?: Record<string, unknown>): Promise<{ success: boolean }> {
    return call(this, 'chat.close', { extraData: args.optObject('extraData', extraData) });
  }

  hasOtherUsers(): boolean {
    const me = cores.get(this)!.user?.id;
    return this.users.some((user) => user.id !== me);
  }

  getId(): string {
    return this.id;
  }
}

/** Replaces the data of a chat. */
export function replace(chat: Chat, data: Public.ChatProperties & { seq?: number; resumed?: boolean }): void {
  // The position in the log is of no use to pages.
  const { seq, resumed, history, ...properties } = data;
  Object.assign(chat, { users: [], watchers: [], history: chat.history ?? [] }, properties);
  chat.closed = chat.status === 'closed';
  // The history only grows. A resumed chat comes without it.
  historyOf(chat).add(history ?? []);
}

type ChatCommand = Extract<CommandName, `chat.${string}`>;

function call<Name extends ChatCommand>(
  chat: Chat,
  name: Name,
  rest: Omit<Commands[Name], 'chatId'>,
  onCreate?: (...created: any[]) => void,
  transfer?: FileTransfer,
): Promise<any> {
  const core = cores.get(chat);
  if (!core) throw new ParleyError(400, 'this must be called as a method of a chat');
  return core.call(name, { chatId: chat.id, ...rest } as Commands[Name], onCreate, transfer);
}
