// The header: who is logged in, whether available, and the way out.

import { html, nothing } from 'lit';
import { brandIcon, logoutIcon } from './icons';
import type { Desk } from './model/desk';
import { logOut } from './model/session';
import { nameOf } from './model/words';
import { Part, Shows } from './part';

class DeskHeader extends Part {
  static override properties = { desk: { attribute: false }, leaving: { state: true } };
  declare desk: Desk;
  declare private leaving: boolean;

  constructor() {
    super();
    this.leaving = false;
    new Shows(this, () => this.desk.duty);
  }

  protected override render() {
    const { duty, me } = this.desk;
    return html`
      <header class="desk-header">
        <div class="brand">${brandIcon}<span>Parley</span></div>
        <button class="duty" role="switch" aria-checked=${String(duty.available)} aria-labelledby="duty-label duty-state"
          data-testid="duty-toggle" @click=${() => duty.set(!duty.available)}>
          <span class="switch" aria-hidden="true"></span>
          <span id="duty-label" class="visually-hidden">Receive chats:</span>
          <span id="duty-state" data-testid="duty-state">${duty.text}</span>
        </button>
        <span class="who-am-i">${nameOf(me)}</span>
        <button class="button plain" data-testid="logout" ?disabled=${this.leaving} @click=${this.#leave}>
          ${logoutIcon}<span class="wide-only">Log out</span><span class="visually-hidden narrow-only">Log out</span>
        </button>
      </header>
      <div role="alert">${duty.problem ? html`<p class="error flat">Your availability could not be changed. ${duty.problem}</p>` : nothing}</div>
    `;
  }

  async #leave(): Promise<void> {
    this.leaving = true;
    await logOut();
  }
}

customElements.define('console-header', DeskHeader);
