// The desk: header, connection, the lists at the side, and the open chats next to each other or a closed one.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './chat-pane';
import './connection-banner';
import './desk-header';
import './help-dialog';
import './reading-pane';
import './side-view';
import { Alerts } from './model/alerts';
import type { Desk } from './model/desk';
import { Part, Shows } from './part';
import { shortcut } from './shortcuts';

/** Below this a chat has the screen to itself. */
const phone = matchMedia('(max-width: 719px)');
const paneWidth = 400;

class DeskView extends Part {
  static override properties = { desk: { attribute: false }, helping: { state: true } };
  declare desk: Desk;
  /** The shortcuts are shown. */
  declare private helping: boolean;
  private alerts: Alerts | undefined;
  private readonly sizes = new ResizeObserver(() => this.fit());

  constructor() {
    super();
    this.helping = false;
    new Shows(this, () => this.desk);
    new Shows(this, () => this.desk.invitations);
    new Shows(this, () => this.desk.duty);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.key);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.key);
    this.sizes.disconnect();
  }

  protected override firstUpdated(): void {
    this.sizes.observe(this.querySelector('.desk-body')!);
  }

  protected override render() {
    const { desk } = this;
    this.alerts ??= new Alerts(desk);
    const alone = phone.matches && (desk.shown.length > 0 || desk.reading !== undefined);
    return html`
      <div class="desk ${alone ? 'one-chat' : ''}">
        <console-header .desk=${desk} .alerts=${this.alerts} @help=${this.help}></console-header>
        <console-connection .connection=${desk.connection}></console-connection>
        <main class="desk-body">
          <h1 class="visually-hidden">Agent console</h1>
          <console-side .desk=${desk}></console-side>
          <div class="panes">
            ${repeat(
              desk.shown,
              (one) => one.id,
              (one) => html`<console-chat .conversation=${one} .desk=${desk}></console-chat>`,
            )}
            ${desk.reading ? html`<console-reading .reading=${desk.reading} .desk=${desk}></console-reading>` : nothing}
            ${desk.shown.length === 0 && !desk.reading ? html`<p class="empty">${this.emptyText()}</p>` : nothing}
          </div>
        </main>
        ${this.helping ? html`<console-help @closed=${() => (this.helping = false)}></console-help>` : nothing}
      </div>
    `;
  }

  protected override updated(): void {
    const waiting = this.desk.unread + this.desk.invitations.list.length;
    document.title = waiting > 0 ? `(${waiting}) Parley console` : 'Parley console';
  }

  private emptyText(): string {
    if (this.desk.conversations.length > 0) return 'Choose a chat from the list.';
    if (this.desk.duty.available) return 'You are available. The next chat will ring here.';
    return 'Go available to receive chats.';
  }

  private readonly help = () => {
    this.helping = true;
  };

  private readonly key = (event: KeyboardEvent) => shortcut(event, this.desk, this.help);

  private fit(): void {
    const width = this.querySelector('.panes')!.clientWidth;
    this.desk.fit(phone.matches ? 1 : Math.max(1, Math.floor(width / paneWidth)));
    this.requestUpdate();
  }
}

customElements.define('console-desk', DeskView);
