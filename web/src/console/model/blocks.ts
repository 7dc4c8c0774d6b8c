// Who is blocked, and for how long.

import { ask, send } from '../../ui/api';
import type { Saying } from '../../ui/element';
import { errorSaying } from '../texts';
import { Observable } from './observable';

export interface Block {
  id: string;
  name?: string;
  address?: string;
  byName?: string;
  reason?: string;
  /** Unix time in seconds. */
  until: number;
}

/** What an agent says of a block. */
export interface BlockTerms {
  seconds: number;
  reason?: string;
  /** Also the address from which the chat was begun. */
  address?: boolean;
}

export function blockVisitor(chatId: string, terms: BlockTerms): Promise<{ blocks: Block[] }> {
  return send('POST', `/chats/${chatId}/block`, { ...terms });
}

/** The blocks of the app. */
export class Blocks extends Observable {
  list: readonly Block[] = [];
  problem: Saying = '';

  async refresh(): Promise<void> {
    await this.attempt(async () => {
      this.list = (await ask<{ blocks: Block[] }>('/blocks')).blocks;
    });
  }

  async lift(id: string): Promise<void> {
    await this.attempt(async () => {
      await send('DELETE', `/blocks/${id}`);
      this.list = this.list.filter((one) => one.id !== id);
    });
  }

  private async attempt(step: () => Promise<void>): Promise<void> {
    this.problem = '';
    try {
      await step();
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.changed();
  }
}
