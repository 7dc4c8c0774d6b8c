// The closed chats, the newest first; one can be opened to read it.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { timeText } from '../ui/format';
import type { Desk } from './model/desk';
import { type ListedChat, visitorOf } from './model/listed';
import { Part, Shows } from './part';

class ClosedView extends Part {
  static override properties = { desk: { attribute: false } };
  declare desk: Desk;

  constructor() {
    super();
    new Shows(this, () => this.desk);
    new Shows(this, () => this.desk.board.closed);
  }

  protected override render() {
    const { list, more, busy, problem } = this.desk.board.closed;
    return html`
      <section class="chats" aria-label="Closed chats">
        <div role="alert">${problem ? html`<p class="error">${problem}</p>` : nothing}</div>
        ${list.length === 0 && !problem ? html`<p class="quiet" role="status">${busy ? 'Looking…' : 'No closed chats yet.'}</p>` : nothing}
        <ul>${repeat(
          list,
          (one) => one.id,
          (one) => this.item(one),
        )}</ul>
        ${more ? html`<button class="button" data-testid="closed-more" ?disabled=${busy} @click=${this.readOn}>${busy ? 'Looking…' : 'Show more'}</button>` : nothing}
      </section>
    `;
  }

  private item(one: ListedChat) {
    return html`
      <li>
        <button class="chat-item" data-testid="closed-chat" data-chat=${one.id}
          aria-current=${this.desk.reading?.id === one.id ? 'true' : nothing} @click=${() => this.desk.read(one)}>
          <span class="chat-item-name">${visitorOf(one)}</span>
          <time class="quiet" datetime=${new Date(one.created * 1000).toISOString()}>${timeText(one.created * 1000)}</time>
          <span class="chat-item-last">${[one.room && `Room ${one.room}`, one.lang].filter(Boolean).join(' · ')}</span>
        </button>
      </li>
    `;
  }

  /** The first of the new ones gets the focus, as if the list had been there all along. */
  private async readOn(): Promise<void> {
    const before = this.desk.board.closed.list.length;
    await this.desk.board.closed.readOn();
    await this.updateComplete;
    this.querySelectorAll<HTMLElement>('.chat-item')[before]?.focus();
  }
}

customElements.define('console-closed', ClosedView);
