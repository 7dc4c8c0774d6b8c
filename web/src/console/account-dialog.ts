// The dialog in which agents change how they log in. Fires `closed` when it closes.

import { html, nothing } from 'lit';
import type { Saying } from '../ui/element';
import { ConsoleElement } from './console-element';
import './portrait';
import { closeIcon } from './icons';
import { languageField } from './language-field';
import { type Account, account, changePassword, confirmTotp, newTotp, removeTotp, type TotpKey } from './model/account';
import { addPasskey, removePasskey } from './model/passkeys';
import { tabApp } from './model/preferences';
import { type LoginWays, loginWays } from './model/provider';
import { passkeyList, passkeyName } from './passkeys';
import { errorSaying, said, say, type TextKey } from './texts';
import { codeField, recoveryList, totpKey } from './totp';

class AccountDialog extends ConsoleElement {
  static override properties = {
    account: { state: true },
    ways: { state: true },
    key: { state: true },
    recovery: { state: true },
    busy: { state: true },
    done: { state: true },
    problem: { state: true },
  };
  declare private account: Account | undefined;
  /** How agents of the app log in; undefined until the server has said so. */
  declare private ways: LoginWays | undefined;
  /** Of an authenticator app that is being set up. */
  declare private key: TotpKey | undefined;
  /** The recovery codes, right after they were made. */
  declare private recovery: string[] | undefined;
  declare private busy: boolean;
  declare private done: TextKey | '';
  declare private problem: Saying;

  constructor() {
    super();
    this.busy = false;
    this.done = this.problem = '';
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    void this.act('', async () => {
      this.ways = await loginWays(tabApp.get());
    });
  }

  protected override render() {
    return html`
      <dialog class="dialog" aria-labelledby="account-title" data-testid="account-dialog" @close=${() => this.dispatchEvent(new Event('closed'))}>
        <header class="dialog-head">
          <h2 id="account-title">${say('account')}</h2>
          <button class="button plain icon" aria-label=${say('close')} @click=${() => this.dialog.close()}>${closeIcon}</button>
        </header>
        <div class="dialog-said">
          <div role="status">${this.done ? html`<p class="quiet" data-testid="account-said">${say(this.done)}</p>` : nothing}</div>
          <div role="alert">${this.problem ? html`<p class="error" data-testid="account-error">${said(this.problem)}</p>` : nothing}</div>
        </div>
        ${languageField()}
        <console-portrait .agentId=${ICF.Connection.me()!.id}></console-portrait>
        ${this.ways ? this.parts(this.ways) : nothing}
      </dialog>
    `;
  }

  /** What the app does not let agents log in by is left out, but for passkeys that they may want to remove. */
  private parts({ password, secondFactor, passkeys, oidc }: LoginWays) {
    const { account } = this;
    return html`
      ${password ? this.passwordForm() : oidc ? html`<p>${say('account.provider', { name: oidc.name })}</p>` : nothing}
      ${account && password && secondFactor !== 'off' ? this.secondFactor(account, secondFactor === 'required') : nothing}
      ${account && (passkeys || account.passkeys.length > 0) ? this.passkeys(account, passkeys) : nothing}
    `;
  }

  private passwordForm() {
    return html`
      <form class="account-part" aria-labelledby="password-title" @submit=${this.newPassword}>
        <h3 id="password-title">${say('password')}</h3>
        ${passwordField('password', say('password.old'), 'current-password')} ${passwordField('newPassword', say('password.new'), 'new-password')}
        <button class="button" data-testid="password-change" ?disabled=${this.busy}>${say('password.change')}</button>
        <p class="quiet">${say('password.about')}</p>
      </form>
    `;
  }

  private secondFactor({ totp, recoveryCodes }: Account, required: boolean) {
    return html`
      <form class="account-part" aria-labelledby="totp-title" @submit=${this.submitTotp}>
        <h3 id="totp-title">${say('totp')}</h3>
        ${this.recovery ? recoveryList(this.recovery) : nothing}
        ${
          this.key
            ? html`${totpKey(this.key)} ${codeField(say('totp.code'))}
              <button class="button primary" data-testid="totp-confirm" ?disabled=${this.busy}>${say('confirm')}</button>`
            : html`<p class="quiet" data-testid="totp-state">${totp ? say('totp.left', { n: recoveryCodes }) : say('totp.about')}</p>
              ${passwordField('totpPassword', say('password'), 'current-password')}
              <button class="button" data-testid="totp-begin" ?disabled=${this.busy}>${say(totp ? 'totp.another' : 'totp.begin')}</button>
              ${totp && !required ? html`<button class="button danger" name="remove" data-testid="totp-remove" ?disabled=${this.busy}>${say('totp.remove')}</button>` : nothing}`
        }
      </form>
    `;
  }

  private passkeys({ passkeys }: Account, addable: boolean) {
    return html`
      <form class="account-part" aria-labelledby="passkeys-title" @submit=${this.submitPasskey}>
        <h3 id="passkeys-title">${say('passkeys')}</h3>
        <p class="quiet">${say('passkeys.about')}</p>
        ${addable ? passkeyName() : nothing} ${passwordField('passkeyPassword', say('password'), 'current-password')}
        ${addable ? html`<button class="button" data-testid="passkey-add" ?disabled=${this.busy}>${say('passkeys.add')}</button>` : nothing}
        ${passkeyList(passkeys, this.busy)}
      </form>
    `;
  }

  private readonly submitPasskey = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const password = textOf(form, 'passkeyPassword');
    const { name, value } = event.submitter as HTMLButtonElement;
    const removed = name === 'remove';
    void this.act(removed ? 'passkeys.removed' : 'passkeys.added', async () => {
      if (removed) await removePasskey(value, password);
      else await addPasskey(textOf(form, 'passkeyName').trim() || say('passkeys.mine'), password);
      form.reset();
    });
  };

  private readonly newPassword = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void this.act('password.changed', async () => {
      await changePassword(textOf(form, 'password'), textOf(form, 'newPassword'));
      form.reset();
    });
  };

  private readonly submitTotp = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (this.key) {
      void this.act('totp.done', async () => {
        this.recovery = await confirmTotp(textOf(form, 'code'));
        this.key = undefined;
      });
    } else if (event.submitter?.getAttribute('name') === 'remove') {
      void this.act('totp.removed', async () => {
        await removeTotp(textOf(form, 'totpPassword'));
        this.recovery = undefined;
        form.reset();
      });
    } else {
      void this.act('', async () => {
        this.key = await newTotp(textOf(form, 'totpPassword'));
      });
    }
  };

  /** Does something, says how it went, and reads the account again. */
  private async act(done: TextKey | '', what: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.done = this.problem = '';
    try {
      await what();
      this.account = await account();
      this.done = done;
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.busy = false;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }
}

const passwordField = (name: string, label: string, autocomplete: 'current-password' | 'new-password') => html`
  <label class="field">
    <span>${label}</span>
    <input class="input" type="password" name=${name} data-testid=${`account-${name}`} required autocomplete=${autocomplete} maxlength="256">
  </label>
`;

function textOf(form: HTMLFormElement, name: string): string {
  return form.querySelector<HTMLInputElement>(`[name="${name}"]`)!.value;
}

customElements.define('console-account', AccountDialog);
