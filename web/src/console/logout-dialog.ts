// The dialog that asks, at a log-out, what becomes of the open chats. Fires `closed` when it closes.

import { html } from 'lit';
import { ConsoleElement, ModelController } from './console-element';
import type { Leaving } from './model/session';
import type { Workspace } from './model/workspace';
import { say } from './texts';

class LogoutDialog extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, leaving: { state: true } };
  declare workspace: Workspace;
  /** The log-out is under way. */
  declare private leaving: boolean;

  constructor() {
    super();
    this.leaving = false;
    new ModelController(this, () => this.workspace);
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  protected override render() {
    const { attended } = this.workspace;
    const { length } = attended;
    return html`
      <dialog class="dialog" aria-labelledby="logout-title" aria-describedby="logout-about" data-testid="logout-dialog" @close=${this.closed}
        @cancel=${this.cancel}>
        <h2 id="logout-title">${say('logout.ask', { n: length })}</h2>
        <div id="logout-about">
          <ul class="attended">${attended.map((one) => html`<li><bdi>${one.visitorName}</bdi></li>`)}</ul>
          <p class="quiet">${say('logout.about')}</p>
        </div>
        <div class="choices">
          <button class="button primary" data-testid="logout-transfer" autofocus ?disabled=${this.leaving} @click=${() => this.leave('transfer')}>${say('logout.transfer')}</button>
          <button class="button danger" data-testid="logout-close" ?disabled=${this.leaving} @click=${() => this.leave('close')}>${say('logout.close', { n: length })}</button>
          <button class="button" data-testid="logout-stay" ?disabled=${this.leaving} @click=${() => this.dialog.close()}>${say('logout.stay')}</button>
        </div>
        <div class="quiet" role="status">${this.leaving ? say('logout.busy') : ''}</div>
      </dialog>
    `;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }

  private async leave(chats: Leaving): Promise<void> {
    this.leaving = true;
    await this.workspace.logOut(chats);
  }

  /** Escape does not stop a log-out that is under way. */
  private cancel(event: Event): void {
    if (this.leaving) event.preventDefault();
  }

  private closed(): void {
    this.dispatchEvent(new Event('closed'));
  }
}

customElements.define('console-logout', LogoutDialog);
