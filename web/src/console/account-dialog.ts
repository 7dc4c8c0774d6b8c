// The dialog in which agents change how they log in. Fires `closed` when it closes.

import { html, nothing } from 'lit';
import { errorText } from '../ui/format';
import { ConsoleElement } from './console-element';
import { closeIcon } from './icons';
import { type Account, account, changePassword, confirmTotp, newTotp, removeTotp, type TotpKey } from './model/account';
import { addPasskey, removePasskey } from './model/passkeys';
import { tabApp } from './model/preferences';
import { type LoginWays, loginWays } from './model/provider';
import { passkeyList, passkeyName } from './passkeys';
import { codeField, recoveryList, totpKey } from './totp';

class AccountDialog extends ConsoleElement {
  static override properties = {
    account: { state: true },
    ways: { state: true },
    key: { state: true },
    recovery: { state: true },
    busy: { state: true },
    said: { state: true },
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
  declare private said: string;
  declare private problem: string;

  constructor() {
    super();
    this.busy = false;
    this.said = this.problem = '';
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
          <h2 id="account-title">Your account</h2>
          <button class="button plain icon" aria-label="Close" @click=${() => this.dialog.close()}>${closeIcon}</button>
        </header>
        <div class="dialog-said">
          <div role="status">${this.said ? html`<p class="quiet" data-testid="account-said">${this.said}</p>` : nothing}</div>
          <div role="alert">${this.problem ? html`<p class="error" data-testid="account-error">${this.problem}</p>` : nothing}</div>
        </div>
        ${this.ways ? this.parts(this.ways) : nothing}
      </dialog>
    `;
  }

  /** What the app does not let agents log in by is left out, but for passkeys that they may want to remove. */
  private parts({ password, secondFactor, passkeys, oidc }: LoginWays) {
    const { account } = this;
    return html`
      ${password ? this.passwordForm() : oidc ? html`<p>You log in with ${oidc.name}.</p>` : nothing}
      ${account && password && secondFactor !== 'off' ? this.secondFactor(account, secondFactor === 'required') : nothing}
      ${account && (passkeys || account.passkeys.length > 0) ? this.passkeys(account, passkeys) : nothing}
    `;
  }

  private passwordForm() {
    return html`
      <form class="account-part" aria-labelledby="password-title" @submit=${this.newPassword}>
        <h3 id="password-title">Password</h3>
        ${passwordField('password', 'Old password', 'current-password')} ${passwordField('newPassword', 'New password, at least 8 characters', 'new-password')}
        <button class="button" data-testid="password-change" ?disabled=${this.busy}>Change the password</button>
        <p class="quiet">You are logged out everywhere else.</p>
      </form>
    `;
  }

  private secondFactor({ totp, recoveryCodes }: Account, required: boolean) {
    return html`
      <form class="account-part" aria-labelledby="totp-title" @submit=${this.submitTotp}>
        <h3 id="totp-title">Authenticator app</h3>
        ${this.recovery ? recoveryList(this.recovery) : nothing}
        ${
          this.key
            ? html`${totpKey(this.key)} ${codeField('Code of the app')}
              <button class="button primary" data-testid="totp-confirm" ?disabled=${this.busy}>Confirm</button>`
            : html`<p class="quiet" data-testid="totp-state">${totp ? `It is set up, with ${recoveryCodes} recovery codes left.` : 'It makes a code that you give beside your password.'}</p>
              ${passwordField('totpPassword', 'Password', 'current-password')}
              <button class="button" data-testid="totp-begin" ?disabled=${this.busy}>${totp ? 'Set up another one' : 'Set it up'}</button>
              ${totp && !required ? html`<button class="button danger" name="remove" data-testid="totp-remove" ?disabled=${this.busy}>Remove it</button>` : nothing}`
        }
      </form>
    `;
  }

  private passkeys({ passkeys }: Account, addable: boolean) {
    return html`
      <form class="account-part" aria-labelledby="passkeys-title" @submit=${this.submitPasskey}>
        <h3 id="passkeys-title">Passkeys</h3>
        <p class="quiet">A passkey of your phone, computer or security key logs you in without password and code. A new password does not end it.</p>
        ${addable ? passkeyName : nothing} ${passwordField('passkeyPassword', 'Password', 'current-password')}
        ${addable ? html`<button class="button" data-testid="passkey-add" ?disabled=${this.busy}>Add a passkey</button>` : nothing}
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
    void this.act(removed ? 'The passkey is removed.' : 'The passkey is added.', async () => {
      if (removed) await removePasskey(value, password);
      else await addPasskey(textOf(form, 'passkeyName').trim() || 'My passkey', password);
      form.reset();
    });
  };

  private readonly newPassword = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    void this.act('The password is changed.', async () => {
      await changePassword(textOf(form, 'password'), textOf(form, 'newPassword'));
      form.reset();
    });
  };

  private readonly submitTotp = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    if (this.key) {
      void this.act('The authenticator app is set up.', async () => {
        this.recovery = await confirmTotp(textOf(form, 'code'));
        this.key = undefined;
      });
    } else if (event.submitter?.getAttribute('name') === 'remove') {
      void this.act('The authenticator app is removed.', async () => {
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
  private async act(done: string, what: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.said = this.problem = '';
    try {
      await what();
      this.account = await account();
      this.said = done;
    } catch (error) {
      this.problem = errorText(error);
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
