// What agents write down beside a chat, open or closed: notes for colleagues, and tags. Visitors never get them.

import { ask, send } from '../../ui/api';
import type { Saying } from '../../ui/element';
import { errorSaying } from '../texts';
import { Observable } from './observable';

export interface Note {
  id: string;
  /** Id of the agent who wrote it. */
  by: string;
  byName?: string;
  text: string;
  /** Unix time in seconds. */
  created: number;
}

export class Notes extends Observable {
  list: readonly Note[] = [];
  tags: readonly string[] = [];
  problem: Saying = '';
  private wanted = false;

  constructor(private readonly chatId: string) {
    super();
  }

  /** Reads them when they are first shown. */
  want(): void {
    if (this.wanted) return;
    this.wanted = true;
    void this.refresh();
  }

  /** Reads them again, if they are shown: somebody has changed them. */
  async refresh(): Promise<void> {
    if (!this.wanted) return;
    await this.attempt(async () => {
      const { notes, tags } = await ask<{ notes: Note[]; tags: string[] }>(`/chats/${this.chatId}/notes`);
      this.list = notes;
      this.tags = tags;
    });
  }

  /** Adds a note. Gives whether that succeeded. */
  add(text: string): Promise<boolean> {
    return this.attempt(async () => {
      const { note } = await send<{ note: Note }>('POST', `/chats/${this.chatId}/notes`, { text });
      if (!this.list.some(({ id }) => id === note.id)) this.list = [...this.list, note];
    });
  }

  remove(id: string): Promise<boolean> {
    return this.attempt(async () => {
      await send('DELETE', `/chats/${this.chatId}/notes/${id}`);
      this.list = this.list.filter((one) => one.id !== id);
    });
  }

  /** Adds tags and removes others. Gives whether that succeeded. */
  retag(change: { add?: readonly string[]; remove?: readonly string[] }): Promise<boolean> {
    return this.attempt(async () => {
      this.tags = (await send<{ tags: string[] }>('POST', `/chats/${this.chatId}/tags`, change)).tags;
    });
  }

  private async attempt(step: () => Promise<void>): Promise<boolean> {
    this.problem = '';
    try {
      await step();
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.changed();
    return this.problem === '';
  }
}
