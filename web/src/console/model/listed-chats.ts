// The server's lists of chats: waiting, active and closed.

import type { ChatProperties, User } from '../../../index';
import { ask, send } from '../../ui/api';
import type { Saying } from '../../ui/element';
import { nameOf } from '../../ui/format';
import { errorSaying, say } from '../texts';
import { Observable } from './observable';
import type { Colleague } from './transfer';

export interface ListedChat extends ChatProperties {
  /** Unix time in seconds. */
  waitingSince?: number;
  /** From 1, while queued. */
  queuePosition?: number;
  /** Of a closed chat. */
  tags?: string[];
}

/** The visitor's name. */
export function visitorOf(chat: ListedChat): string {
  return nameOf(chat.users.find((user) => user.id === chat.creator)) || say('visitor');
}

/** The agents in the chat. */
export function agentsOf(chat: ListedChat): User[] {
  return chat.users.filter((user) => user.providerId && user.id !== chat.creator);
}

/** So many live chats are shown more each time, and at most. */
const step = 100;
const most = 1000;

/** Which of the waiting chats are shown; '' is all. */
export interface Filter {
  /** A part of the visitor's name. */
  name: string;
  /** Whether the visitor has written anything. */
  wrote: '' | 'true' | 'false';
}

/** The waiting or the active chats. They are read again after each change, with one request at a time. */
export class LiveList extends Observable {
  list: readonly ListedChat[] = [];
  problem: Saying = '';
  /** Of the active chats' agents, those who are not available now, such as because their connection is lost. */
  unavailable: ReadonlySet<string> = new Set();
  /** How many there are, shown or not. */
  total = 0;
  filter: Filter = { name: '', wrote: '' };
  private limit = step;
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
        const { name, wrote } = this.filter;
        const narrowed = { ...(name && { name }), ...(wrote && { wrote }) };
        const { chats, total } = await ask<{ chats: ListedChat[]; total: number }>('/chats', {
          status: this.status,
          limit: this.limit,
          ...narrowed,
        });
        if (this.status === 'active') this.unavailable = await unavailableAgents();
        this.list = chats;
        this.total = total;
        this.problem = '';
      } catch (error) {
        this.problem = errorSaying(error);
      }
    }
    this.reading = false;
    this.changed();
  }

  /** There may be more than are shown. */
  get more(): boolean {
    return this.list.length === this.limit && this.limit < most;
  }

  async readOn(): Promise<void> {
    this.limit = Math.min(this.limit + step, most);
    await this.refresh();
  }

  async narrow(filter: Partial<Filter>): Promise<void> {
    this.filter = { ...this.filter, ...filter };
    this.limit = step;
    await this.refresh();
  }

  /** Closes chats, and says of how many that was refused. */
  async close(chatIds: readonly string[]): Promise<number> {
    let refused = 0;
    for (let from = 0; from < chatIds.length; from += step) {
      const answer = await send<{ refused: unknown[] }>('POST', '/chats/close', { chatIds: chatIds.slice(from, from + step) });
      refused += answer.refused.length;
    }
    await this.refresh();
    return refused;
  }

  /** Removes a chat without waiting for the server, such as one that the agent has taken. */
  drop(chatId: string): void {
    const rest = this.list.filter((one) => one.id !== chatId);
    this.total -= this.list.length - rest.length;
    this.list = rest;
    this.changed();
  }
}

async function unavailableAgents(): Promise<Set<string>> {
  const { agents } = await ask<{ agents: Colleague[] }>('/agents');
  return new Set(agents.filter(({ available }) => !available).map(({ id }) => id));
}

const pageSize = 25;

interface Page {
  chats: ListedChat[];
  /** Where the next page begins; absent on the last. */
  next?: number;
  /** How many chats the server has looked at for the page, and when the last of them was closed, in unix seconds. */
  searched: { chats: number; back: number };
}

/** What closed chats are looked for by. */
export interface Search {
  /** A part of the visitor's name. */
  name?: string;
  words?: string;
  tag?: string;
  /** Unix times in seconds. */
  since?: number;
  until?: number;
  agentId?: string;
}

/** The closed chats, newest first, page by page. */
export class ClosedList extends Observable {
  list: readonly ListedChat[] = [];
  busy = false;
  problem: Saying = '';
  /** What is looked for; undefined lists all. */
  search: Search | undefined;
  /** How far the search has looked. */
  searched = { chats: 0, back: 0 };
  private next: number | undefined;
  /** One request is made at a time. */
  private reading: Promise<void> = Promise.resolve();

  /** There are more. */
  get more(): boolean {
    return this.next !== undefined;
  }

  /** Begins at the newest. */
  async restart(): Promise<void> {
    if (!this.busy) await this.load(async () => this.begin(await this.page()));
  }

  /** Looks for some of the chats; undefined lists all again. */
  async find(search: Search | undefined): Promise<void> {
    this.search = search;
    await this.load(async () => this.begin(await this.page()));
  }

  /** Adds the next page. */
  async readOn(): Promise<void> {
    if (this.busy) return;
    await this.load(async () => {
      const { chats, next, searched } = await this.page(this.next);
      this.searched = { chats: this.searched.chats + searched.chats, back: searched.back || this.searched.back };
      this.show([...this.list, ...unlisted(chats, this.list)], next);
    });
  }

  /** Adds the chats that were closed since. A whole page of them begins the list anew, for there may be more between. */
  async renew(): Promise<void> {
    if (this.search) return; // it found what there was, and is not repeated unasked
    await this.ask(async () => {
      const page = await this.page();
      const closed = unlisted(page.chats, this.list);
      if (closed.length === page.chats.length) this.begin(page);
      else this.show([...closed, ...this.list], this.next);
    });
  }

  private begin({ chats, next, searched }: Page): void {
    this.searched = searched;
    this.show(chats, next);
  }

  private show(chats: readonly ListedChat[], next: number | undefined): void {
    this.list = chats;
    this.next = next;
  }

  private page(before?: number): Promise<Page> {
    return ask<Page>('/chats', { status: 'closed', limit: pageSize, ...this.search, ...(before && { before }) });
  }

  /** Says that it loads meanwhile. */
  private async load(step: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.changed();
    await this.ask(step).finally(() => (this.busy = false));
    this.changed();
  }

  private ask(step: () => Promise<void>): Promise<void> {
    this.reading = this.reading.then(async () => {
      try {
        await step();
        this.problem = '';
      } catch (error) {
        this.problem = errorSaying(error);
      }
      this.changed();
    });
    return this.reading;
  }
}

/** Those of a page that are not in the list yet. */
function unlisted(page: readonly ListedChat[], list: readonly ListedChat[]): ListedChat[] {
  return page.filter((chat) => !list.some((one) => one.id === chat.id));
}
