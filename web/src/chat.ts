// The Chat object. Its own properties are the chat's data, replaced as the
// conversation goes on; what it can do stands on the prototype.

import type * as Public from '../index';
import * as args from './args';
import type { Core } from './core';
import { ParleyError } from './errors';
import { Listenable } from './listenable';
import { Transfer } from './transfer';

const activities = ['writing', 'stop-writing', 'not-writing'] as const;

/** What a Chat needs of the core. */
export type ChatCore = Pick<Core, 'call' | 'user'>;

const cores = new WeakMap<Chat, ChatCore>();

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

  constructor(core: ChatCore, data: Public.ChatProperties) {
    super();
    cores.set(this, core);
    this.id = data.id;
    replace(this, data);
  }

  async searchAgent(algorithm?: string): Promise<{ agent?: Public.Agent }> {
    return call(this, 'chat.search', { algorithm: args.optText('algorithm', algorithm) });
  }

  async sendUserActivity(type: Public.ActivityType): Promise<{ success: boolean }> {
    return call(this, 'chat.activity', { type: args.oneOf('type', type, activities) });
  }

  async sendMessage(
    message: string,
    onCreate?: (eventId: string, message: string, sender: string) => void,
  ): Promise<Public.SentMessage> {
    return call(this, 'chat.send', { text: args.text('message', message) }, args.optFunction('onCreate', onCreate));
  }

  async readMessage(messageId: string): Promise<Public.MessageResponse & { userId: string }> {
    return call(this, 'chat.read', { messageId: args.text('messageId', messageId) });
  }

  async sendMedia(media: File, onProgress?: (progress: number) => void): Promise<{ media: Public.SentMedia }> {
    const { name, size } = args.file('media', media);
    const transfer = new Transfer(media, args.optFunction('onProgress', onProgress));
    return call(this, 'chat.upload', { name, size }, undefined, transfer);
  }

  // importHistory and readAnyUnreadMessageFromHistory stand here.

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

/** Puts a chat's new data in place of the old. */
export function replace(chat: Chat, data: Public.ChatProperties & { seq?: number; resumed?: boolean }): void {
  // The position in the log is between core and server.
  const { seq, resumed, ...properties } = data;
  // A resumed chat comes without its history: it is here already.
  Object.assign(chat, { users: [], watchers: [], history: chat.history ?? [] }, properties);
  chat.closed = chat.status === 'closed';
}

function call(chat: Chat, name: string, rest: object, onCreate?: (...created: any[]) => void, transfer?: Transfer): Promise<any> {
  const core = cores.get(chat);
  if (!core) throw new ParleyError(400, 'this must be called as a method of a chat');
  return core.call(name, { chatId: chat.id, ...rest }, onCreate, transfer);
}
