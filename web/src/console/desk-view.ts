// The desk: header, connection, invitations and chats at the side, the open chats next to each other.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './chat-list';
import './chat-pane';
import './connection-banner';
import './desk-header';
import './invitation-list';
import type { Desk } from './model/desk';
import { Part, Shows } from './part';

/** Below this a chat has the screen to itself. */
const phone = matchMedia('(max-width: 719px)');
const paneWidth = 400;

class DeskView extends Part {
  static override properties = { desk: { attribute: false } };
  declare desk: Desk;
  readonly #sizes = new ResizeObserver(() => this.#fit());

  constructor() {
    super();
    new Shows(this, () => this.desk);
    new Shows(this, () => this.desk.invitations);
    new Shows(this, () => this.desk.duty);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sizes.disconnect();
  }

  protected override firstUpdated(): void {
    this.#sizes.observe(this.querySelector('.desk-body')!);
  }

  protected override render() {
    const { desk } = this;
    const alone = phone.matches && desk.shown.length > 0;
    return html`
      <div class="desk ${alone ? 'one-chat' : ''}">
        <console-header .desk=${desk}></console-header>
        <console-connection .connection=${desk.connection}></console-connection>
        <main class="desk-body">
          <h1 class="visually-hidden">Agent console</h1>
          <div class="side">
            <console-invitations .invitations=${desk.invitations}></console-invitations>
            <console-chat-list .desk=${desk}></console-chat-list>
          </div>
          <div class="panes">
            ${repeat(
              desk.shown,
              one => one.id,
              one => html`<console-chat .conversation=${one} .desk=${desk}></console-chat>`,
            )}
            ${desk.shown.length === 0 ? html`<p class="empty">${this.#emptyText()}</p>` : nothing}
          </div>
        </main>
      </div>
    `;
  }

  protected override updated(): void {
    const waiting = this.desk.unread + this.desk.invitations.list.length;
    document.title = waiting > 0 ? `(${waiting}) Parley console` : 'Parley console';
  }

  #emptyText(): string {
    if (this.desk.conversations.length > 0) return 'Choose a chat from the list.';
    if (this.desk.duty.available) return 'You are available. The next chat will ring here.';
    return 'Go available to receive chats.';
  }

  #fit(): void {
    const width = this.querySelector('.panes')!.clientWidth;
    this.desk.fit(phone.matches ? 1 : Math.max(1, Math.floor(width / paneWidth)));
    this.requestUpdate();
  }
}

customElements.define('console-desk', DeskView);
