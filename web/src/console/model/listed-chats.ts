// The server's lists of chats: waiting, active and closed.

import type { ChatProperties, User } from '../../../index';
import { ask } from '../../ui/api';
import { errorText, nameOf } from '../../ui/format';
import { Observable } from './observable';
import type { Colleague } from './transfer';

export interface ListedChat extends ChatProperties {
  /** Unix time in seconds. */
  waitingSince?: number;
  /** From 1, while queued. */
  queuePosition?: number;
}

/** The visitor's name. */
export function visitorOf(chat: ListedChat): string {
  return nameOf(chat.users.find((user) => user.id === chat.creator)) || 'Visitor';
}

/** The agents in the chat. */
export function agentsOf(chat: ListedChat): User[] {
  return chat.users.filter((user) => user.providerId && user.id !== chat.creator);
}

/** The waiting or the active chats. They are read again after each change, with one request at a time. */
export class LiveList extends Observable {
  list: readonly ListedChat[] = [];
  problem = '';
  /** Of the active chats' agents, those who are not available now, such as because their connection is lost. */
  unavailable: ReadonlySet<string> = new Set();
  private reading = false;
  private again = false;

  constructor(private readonly status: 'waiting' | 'active') {
    super();
  }

  async refresh(): Promise<void> {
    this.again = true;
    if (this.reading) return;
    this.reading = true;
    while (this.again) {
      this.again = false;
      try {
        const { chats } = await ask<{ chats: ListedChat[] }>('/chats', { status: this.status });
        if (this.status === 'active') this.unavailable = await unavailableAgents();
        this.list = chats;
        this.problem = '';
      } catch (error) {
        this.problem = errorText(error);
      }
    }
    this.reading = false;
    this.changed();
  }

  /** Removes a chat without waiting for the server, such as one that the agent has taken. */
  drop(chatId: string): void {
    this.list = this.list.filter((one) => one.id !== chatId);
    this.changed();
  }
}

async function unavailableAgents(): Promise<Set<string>> {
  const { agents } = await ask<{ agents: Colleague[] }>('/agents');
  return new Set(agents.filter(({ available }) => !available).map(({ id }) => id));
}

const pageSize = 25;

/** The closed chats, newest first, page by page. */
export class ClosedList extends Observable {
  list: readonly ListedChat[] = [];
  /** There are more. */
  more = false;
  busy = false;
  problem = '';
  private next: string | undefined;

  /** Begins at the newest. */
  async restart(): Promise<void> {
    this.next = undefined;
    await this.read([]);
  }

  /** Adds the next page. */
  async readOn(): Promise<void> {
    await this.read(this.list);
  }

  private async read(before: readonly ListedChat[]): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    this.changed();
    try {
      const params = { status: 'closed', limit: pageSize, ...(this.next && { before: this.next }) };
      const { chats, next } = await ask<{ chats: ListedChat[]; next?: string }>('/chats', params);
      this.next = next;
      this.more = Boolean(next);
      this.list = [...before, ...chats.filter((chat) => !before.some((one) => one.id === chat.id))];
    } catch (error) {
      this.problem = errorText(error);
    }
    this.busy = false;
    this.changed();
  }
}
