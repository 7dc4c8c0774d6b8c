// The header: who is logged in, availability, alerts, log-out. Fires `help`.

import { html, nothing } from 'lit';
import './account-dialog';
import { nameOf } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { accountIcon, bellIcon, brandIcon, keysIcon, logoutIcon, manageIcon, soundIcon } from './icons';
import type { Alerts } from './model/alerts';
import { unsaved } from './model/unsaved';
import './logout-dialog';
import type { Workspace } from './model/workspace';
import { isolated, said, say } from './texts';

class WorkspaceHeader extends ConsoleElement {
  static override properties = {
    workspace: { attribute: false },
    alerts: { attribute: false },
    asking: { state: true },
    account: { state: true },
    leaving: { state: true },
  };
  declare workspace: Workspace;
  declare alerts: Alerts;
  /** The agent is asked what becomes of their open chats. */
  declare private asking: boolean;
  /** The agent's account is shown. */
  declare private account: boolean;
  declare private leaving: boolean;

  constructor() {
    super();
    this.asking = this.account = this.leaving = false;
    new ModelController(this, () => this.workspace);
    new ModelController(this, () => this.workspace.duty);
    new ModelController(this, () => this.alerts);
  }

  protected override render() {
    const { duty, me, supervisor, managing } = this.workspace;
    const { alerts } = this;
    return html`
      <header class="workspace-header">
        <div class="brand">${brandIcon}<span>Parley</span></div>
        <button class="duty" role="switch" aria-checked=${String(duty.available)} aria-labelledby="duty-label duty-state"
          data-testid="duty-toggle" @click=${() => duty.set(!duty.available)}>
          <span class="switch" aria-hidden="true"></span>
          <span id="duty-label" class="visually-hidden">${say('duty')}</span>
          <span id="duty-state" data-testid="duty-state">${say(duty.text)}</span>
        </button>
        <button class="button plain who-am-i" data-testid="account" title=${say('account')} aria-haspopup="dialog" @click=${() => (this.account = true)}>
          ${accountIcon}<span class="wide-only">${isolated(nameOf(me))}${supervisor ? ` · ${say('supervisor')}` : ''}</span><span class="visually-hidden">${say('account')}</span>
        </button>
        ${
          supervisor
            ? html`<button class="button plain" data-testid="manage" title=${say('manage')} aria-pressed=${String(managing)}
              @click=${() => this.workspace.manage(!managing)}>${manageIcon}<span class="wide-only">${say('manage')}</span><span class="visually-hidden narrow-only">${say('manage')}</span></button>`
            : nothing
        }
        ${
          alerts.possible
            ? html`<button class="button plain icon" data-testid="notify-toggle" aria-pressed=${String(alerts.notify)} aria-label=${say('notify')}
              title=${say('notify')} @click=${() => alerts.toggleNotify()}>${bellIcon}</button>`
            : nothing
        }
        <button class="button plain icon" data-testid="sound-toggle" aria-pressed=${String(alerts.sound)} aria-label=${say('sound')} title=${say('sound')}
          @click=${() => alerts.toggleSound()}>${soundIcon}</button>
        <button class="button plain icon wide-only" data-testid="help" aria-label=${say('keys')} title="${say('keys')} ( ? )" aria-haspopup="dialog"
          @click=${() => this.dispatchEvent(new Event('help'))}>${keysIcon}</button>
        <button class="button plain" data-testid="logout" ?disabled=${this.leaving} @click=${this.leave}>
          ${logoutIcon}<span class="wide-only">${say('logout')}</span><span class="visually-hidden narrow-only">${say('logout')}</span>
        </button>
      </header>
      <div role="alert">
        ${duty.problem ? html`<p class="error flat">${say('duty.failed', { reason: () => said(duty.problem) })}</p>` : nothing}
        ${alerts.problem ? html`<p class="error flat">${say(alerts.problem)}</p>` : nothing}
      </div>
      ${this.account ? html`<console-account @closed=${() => (this.account = false)}></console-account>` : nothing}
      ${this.asking ? html`<console-logout .workspace=${this.workspace} @closed=${() => (this.asking = false)}></console-logout>` : nothing}
    `;
  }

  private async leave(): Promise<void> {
    if (unsaved.size > 0 && !confirm(`${say('set.unsaved')} ${say('logout')}?`)) return;
    this.asking = this.workspace.attended.length > 0;
    if (this.asking) return;
    this.leaving = true;
    await this.workspace.logOut();
  }
}

customElements.define('console-header', WorkspaceHeader);
