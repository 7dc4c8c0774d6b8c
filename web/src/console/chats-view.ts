// The list of chats: who, the last message, how many are unread.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { timeText } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat } from './focus';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';
import { isolated, said, say, texts } from './texts';

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
      <section class="chats" aria-label=${say('chats.own')}>
        ${conversations.length === 0 ? html`<p class="quiet">${say('chats.none')}</p>` : nothing}
        <ul>
          ${repeat(
            conversations,
            (one) => one.id,
            (one) => this.item(one),
          )}
        </ul>
        <div class="visually-hidden" role="status">${unread > 0 ? say('unread.messages', { n: unread }) : ''}</div>
      </section>
    `;
  }

  private item(one: Conversation) {
    const last = one.lastLine;
    return html`
      <li>
        <button class="chat-item" data-testid="chat-list-item" data-chat=${one.id} data-ended=${String(one.ended !== '')}
          aria-current=${this.workspace.shown.includes(one) ? 'true' : nothing} @click=${() => this.open(one)}>
          <span class="chat-item-name" dir="auto">${one.visitorName}</span>
          ${last ? html`<time class="quiet">${timeText(last.time, texts.locale)}</time>` : nothing}
          <span class="chat-item-last">${this.state(one)}</span>
          ${one.unread > 0 ? html`<span class="badge" aria-label=${say('unread', { n: one.unread })}>${texts.number(one.unread)}</span>` : nothing}
        </button>
      </li>
    `;
  }

  /** What stands below the name. */
  private state({ writers, ended, watching, lastLine }: Conversation): string {
    if (writers.length > 0) return say('chats.writing');
    if (ended) return said(ended);
    if (watching) return say('watching');
    if (!lastLine) return say('chats.empty');
    return lastLine.own ? say('chats.you', { text: lastLine.plain }) : isolated(lastLine.plain);
  }

  private async open(conversation: Conversation): Promise<void> {
    this.workspace.open(conversation);
    await focusChat(conversation.id);
  }
}

customElements.define('console-chat-list', ChatsView);
