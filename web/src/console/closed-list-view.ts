// The closed chats, newest first. Each can be opened.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { timeText } from '../ui/format';
import './closed-search';
import { ConsoleElement, ModelController } from './console-element';
import { type ListedChat, visitorOf } from './model/listed-chats';
import type { Workspace } from './model/workspace';
import { said, say, texts } from './texts';

class ClosedListView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;

  constructor() {
    super();
    new ModelController(this, () => this.workspace);
    new ModelController(this, () => this.workspace.lists.closed);
  }

  protected override render() {
    const { list, more, busy, problem, search, searched } = this.workspace.lists.closed;
    return html`
      <section class="chats" aria-label=${say('closed')}>
        <console-search .workspace=${this.workspace}></console-search>
        <div role="alert">${problem ? html`<p class="error">${said(problem)}</p>` : nothing}</div>
        ${list.length === 0 && !problem ? html`<p class="quiet" role="status">${say(busy ? 'loading' : search ? 'search.none' : 'closed.none')}</p>` : nothing}
        <ul>${repeat(
          list,
          (one) => one.id,
          (one) => this.item(one),
        )}</ul>
        ${
          search && searched.chats > 0
            ? html`<p class="quiet" role="status" data-testid="search-looked">${say('search.looked', { n: searched.chats, time: timeText(searched.back * 1000, texts.locale) })}</p>`
            : nothing
        }
        ${more ? html`<button class="button" data-testid="closed-more" ?disabled=${busy} @click=${this.readOn}>${say(busy ? 'loading' : search ? 'search.further' : 'more')}</button>` : nothing}
      </section>
    `;
  }

  private item(one: ListedChat) {
    return html`
      <li>
        <button class="chat-item" data-testid="closed-chat" data-chat=${one.id}
          aria-current=${this.workspace.archived?.id === one.id ? 'true' : nothing} @click=${() => this.workspace.openArchived(one)}>
          <span class="chat-item-name" dir="auto">${visitorOf(one)}</span>
          <time class="quiet" datetime=${new Date(one.created * 1000).toISOString()}>${timeText(one.created * 1000, texts.locale)}</time>
          <span class="chat-item-last">${[one.ticketNumber, one.room && say('room', { room: one.room }), one.lang, ...(one.tags ?? [])].filter(Boolean).join(' · ')}</span>
        </button>
      </li>
    `;
  }

  /** Adds a page; its first chat gets the focus. */
  private async readOn(): Promise<void> {
    const before = this.workspace.lists.closed.list.length;
    await this.workspace.lists.closed.readOn();
    await this.updateComplete;
    this.querySelectorAll<HTMLElement>('.chat-item')[before]?.focus();
  }
}

customElements.define('console-closed', ClosedListView);
