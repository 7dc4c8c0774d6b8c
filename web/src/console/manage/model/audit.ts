// The app's audit log, newest first, page by page.

import { ask } from '../../../ui/api';
import type { Saying } from '../../../ui/element';
import { Observable } from '../../model/observable';
import { errorSaying } from '../../texts';

export interface AuditEntry {
  /** Unix time in seconds. */
  at: number;
  /** Such as `settings.change`. */
  act: string;
  by: 'user' | 'key' | 'secret' | 'admin' | 'nobody';
  /** Who did it, or the id of the access key. */
  userId?: string;
  /** Ids and names of what it was done to. */
  about?: Record<string, string>;
  reason?: string;
  network?: string;
}

export interface AuditFilter {
  /** The act, or its beginning up to a dot; '' is all. */
  act: string;
  /** The id of a user; '' is anybody. */
  by: string;
}

interface Page {
  entries: AuditEntry[];
  next?: string;
}

const pageSize = 50;
/** The server passes over so much for a page, and no more: where few entries fit, so many pages are asked for at once. */
const pagesAtOnce = 5;

export class AuditLog extends Observable {
  list: readonly AuditEntry[] = [];
  filter: AuditFilter = { act: '', by: '' };
  busy = false;
  problem: Saying = '';
  private next: string | undefined;
  /** Counts the filters, so that an answer for an earlier one is not shown. */
  private turn = 0;

  get more(): boolean {
    return this.next !== undefined;
  }

  /** Begins at the newest, with another filter if one is given. */
  async restart(filter: Partial<AuditFilter> = {}): Promise<void> {
    this.filter = { ...this.filter, ...filter };
    this.list = [];
    this.next = undefined;
    await this.read();
  }

  async readOn(): Promise<void> {
    if (!this.busy) await this.read();
  }

  private async read(): Promise<void> {
    const turn = ++this.turn;
    this.busy = true;
    this.problem = '';
    this.changed();
    let problem: Saying = '';
    try {
      const before = this.list.length;
      for (let page = 0; page < pagesAtOnce && turn === this.turn; page++) {
        const { act, by } = this.filter;
        const { entries, next } = await ask<Page>('/audit', {
          newest: true,
          limit: pageSize,
          ...(act && { act }),
          ...(by && { by }),
          ...(this.next && { after: this.next }),
        });
        if (turn !== this.turn) return;
        this.list = [...this.list, ...entries];
        this.next = next;
        if (!next || this.list.length >= before + pageSize) break;
      }
    } catch (error) {
      problem = errorSaying(error);
    }
    if (turn !== this.turn) return;
    this.problem = problem;
    this.busy = false;
    this.changed();
  }
}
