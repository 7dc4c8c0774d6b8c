// The log-in form: the ways that the app has; after the password a code if one is needed. Fires `logged-in`.

import { html, nothing } from 'lit';
import type { Saying } from '../ui/element';
import { ConsoleElement } from './console-element';
import { brandIcon } from './icons';
import { reasonOf, type TotpKey } from './model/account';
import { logInByPasskey, offerPasskeys } from './model/passkeys';
import { rememberedApp } from './model/preferences';
import { goToProvider, type LoginWays, loginWays, onlyPassword } from './model/provider';
import { beginSecondFactor, type Credentials, logIn } from './model/session';
import { errorSaying, said, say } from './texts';
import { codeField, recoveryList, totpKey } from './totp';

class Login extends ConsoleElement {
  static override properties = {
    problem: {},
    busy: { state: true },
    ways: { state: true },
    entered: { state: true },
    key: { state: true },
    recovery: { state: true },
  };
  /** An error above the form, such as why a session could not be restored. */
  declare problem: Saying;
  declare private busy: boolean;
  declare private ways: LoginWays;
  /** What was right but for the code. */
  declare private entered: Credentials | undefined;
  /** Of the authenticator app that must be set up first. */
  declare private key: TotpKey | undefined;
  /** The recovery codes to be kept, once logged in. */
  declare private recovery: string[];
  /** Ends the browser's offer of passkeys in the field of the name. */
  private offer: AbortController | undefined;

  constructor() {
    super();
    this.problem = '';
    this.busy = false;
    this.recovery = [];
    this.ways = onlyPassword;
  }

  protected override firstUpdated(): void {
    this.field('username').focus();
    void this.askWays();
    void ICF.Parley.preload();
    addEventListener('pagehide', () => this.offer?.abort());
    addEventListener('pageshow', ({ persisted }) => persisted && this.isConnected && this.askWays());
  }

  /** Passkeys are offered while the name is waited for, and by one request at a time: a browser refuses a second one. */
  protected override updated(changed: Map<string, unknown>): void {
    const { password, passkeys } = this.ways;
    const waiting = this.isConnected && !this.busy && !this.entered && password && passkeys;
    if (!waiting || changed.has('ways')) {
      this.offer?.abort();
      this.offer = undefined;
    }
    if (waiting && !this.offer) void this.offerPasskeys();
  }

  protected override render() {
    const { password, passkeys, oidc } = this.ways;
    return html`
      <main class="login">
        <form class="login-card" @submit=${this.submit} aria-labelledby="login-title">
          <div class="brand">${brandIcon}<span>Parley</span></div>
          <h1 id="login-title">${say('console')}</h1>
          ${this.recovery.length > 0 ? recoveryList(this.recovery) : this.entered ? this.secondStep() : this.firstStep()}
          <div role="alert">
            ${this.problem ? html`<p class="error" data-testid="login-error">${said(this.problem)}</p>` : nothing}
          </div>
          ${password ? html`<button class="button primary" data-testid="login-submit" ?disabled=${this.busy}>${this.label()}</button>` : nothing}
          ${passkeys && !this.entered ? html`<button type="button" class="button" data-testid="login-passkey" ?disabled=${this.busy} @click=${() => this.byPasskey()}>${say('login.passkey')}</button>` : nothing}
          ${oidc && !this.entered ? html`<button type="button" class="button" data-testid="login-provider" ?disabled=${this.busy} @click=${this.byProvider}>${say('login.provider', { name: oidc.name })}</button>` : nothing}
          ${password || oidc || passkeys ? nothing : html`<p class="error">${say('login.none')}</p>`}
          ${this.entered && !this.recovery.length ? html`<button type="button" class="button" @click=${this.back}>${say('back')}</button>` : nothing}
        </form>
      </main>
    `;
  }

  private firstStep() {
    return html`
      <label class="field">
        <span>${say('login.app')}</span>
        <input class="input" name="appId" data-testid="login-app" required autocomplete="organization" autocapitalize="none"
          spellcheck="false" .defaultValue=${rememberedApp.get() || 'demo'} @change=${this.askWays}>
      </label>
      ${this.ways.password ? this.passwordFields() : nothing}
    `;
  }

  private passwordFields() {
    return html`
      <label class="field">
        <span>${say('login.user')}</span>
        <input class="input" name="username" data-testid="login-user" required autocomplete="username webauthn" autocapitalize="none" spellcheck="false">
      </label>
      <label class="field">
        <span>${say('password')}</span>
        <input class="input" name="password" data-testid="login-password" type="password" required autocomplete="current-password">
      </label>
    `;
  }

  private secondStep() {
    return this.key ? html`<p>${say('login.second')}</p>${totpKey(this.key)} ${codeField(say('totp.code'))}` : codeField(say('login.code'));
  }

  private label(): string {
    if (this.recovery.length > 0) return say('recovery.kept');
    return say(this.busy ? 'login.busy' : 'login');
  }

  private readonly back = () => {
    this.entered = this.key = undefined;
    this.problem = '';
  };

  /** Another app may have other ways. */
  private readonly askWays = async () => {
    const appId = this.appId;
    const ways = await loginWays(appId);
    if (!this.entered && appId === this.appId) this.ways = ways;
  };

  private readonly byProvider = () => this.by(() => goToProvider(this.appId));

  private readonly byPasskey = (chosen?: unknown) =>
    this.by(async () => {
      await logInByPasskey(this.appId, chosen);
      this.finish();
    });

  private async offerPasskeys(): Promise<void> {
    const { signal } = (this.offer = new AbortController());
    const chosen = await offerPasskeys(this.appId, signal);
    if (chosen && !signal.aborted) await this.byPasskey(chosen);
  }

  private async by(way: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.problem = '';
    try {
      await way();
    } catch (problem) {
      this.problem = errorSaying(problem);
    }
    this.busy = false;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy || !this.ways.password) return;
    if (this.recovery.length > 0) return this.finish();
    const given = this.entered
      ? { ...this.entered, code: this.field('code').value.trim() }
      : {
          appId: this.appId,
          username: this.field('username').value.trim(),
          password: this.field('password').value,
          code: '',
        };
    await this.by(async () => {
      try {
        this.recovery = await logIn(given);
        if (this.recovery.length === 0) this.finish();
      } catch (error) {
        await this.refused(given, error);
      }
    });
  }

  private finish(): void {
    this.dispatchEvent(new Event('logged-in'));
  }

  private async refused(given: Credentials, error: unknown): Promise<void> {
    try {
      if (reasonOf(error) === 'second-factor-missing') this.key = await beginSecondFactor(given);
      else if (reasonOf(error) !== 'code-needed') throw error;
      this.entered = given;
      await this.updateComplete;
      this.field('code').focus();
    } catch (problem) {
      this.problem = errorSaying(problem);
      this.field(this.entered ? 'code' : 'password').select();
    }
  }

  private get appId(): string {
    return this.field('appId').value.trim();
  }

  private field(name: string): HTMLInputElement {
    return this.querySelector<HTMLInputElement>(`[name="${name}"]`)!;
  }
}

customElements.define('console-login', Login);
