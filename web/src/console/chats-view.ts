// The list of chats: who, the last message, how many are unread.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { isolate } from '../ui/direction';
import { timeText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat } from './focus';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';

class ChatsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;

  constructor() {
    super();
    new ModelController(this, () => this.workspace);
  }

  protected override render() {
    const { conversations, unread } = this.workspace;
    return html`
      <section class="chats" aria-label="Your chats">
        ${conversations.length === 0 ? html`<p class="quiet">No chats yet.</p>` : nothing}
        <ul>
          ${repeat(
            conversations,
            (one) => one.id,
            (one) => this.item(one),
          )}
        </ul>
        <div class="visually-hidden" role="status">${unread > 0 ? `${unread} unread ${unread === 1 ? 'message' : 'messages'}` : ''}</div>
      </section>
    `;
  }

  private item(one: Conversation) {
    const last = one.lastLine;
    const typing = one.writers.length > 0;
    return html`
      <li>
        <button class="chat-item" data-testid="chat-list-item" data-chat=${one.id} data-ended=${String(one.ended !== '')}
          aria-current=${this.workspace.shown.includes(one) ? 'true' : nothing} @click=${() => this.open(one)}>
          <span class="chat-item-name" dir="auto">${one.visitorName}</span>
          ${last ? html`<time class="quiet">${timeText(last.time)}</time>` : nothing}
          <span class="chat-item-last">${typing ? 'writing…' : one.ended || (one.watching ? 'Watching' : '') || (last ? `${last.own ? 'You: ' : ''}${isolate(last.plain)}` : 'No messages yet')}</span>
          ${one.unread > 0 ? html`<span class="badge" aria-label="${one.unread} unread">${one.unread}</span>` : nothing}
        </button>
      </li>
    `;
  }

  private async open(conversation: Conversation): Promise<void> {
    this.workspace.open(conversation);
    await focusChat(conversation.id);
  }
}

customElements.define('console-chat-list', ChatsView);
