// The log-in form. Fires `logged-in`.

import { html, nothing } from 'lit';
import { errorText } from '../ui/format';
import { ConsoleElement } from './console-element';
import { brandIcon } from './icons';
import { rememberedApp } from './model/preferences';
import { logIn } from './model/session';

class Login extends ConsoleElement {
  static override properties = { problem: {}, busy: { state: true } };
  /** An error above the form, such as why a session could not be restored. */
  declare problem: string;
  declare private busy: boolean;

  constructor() {
    super();
    this.problem = '';
    this.busy = false;
  }

  protected override firstUpdated(): void {
    this.field('username').focus();
    void ICF.Parley.preload();
  }

  protected override render() {
    return html`
      <main class="login">
        <form class="login-card" @submit=${this.submit} aria-labelledby="login-title">
          <div class="brand">${brandIcon}<span>Parley</span></div>
          <h1 id="login-title">Agent console</h1>
          <label class="field">
            <span>App</span>
            <input class="input" name="appId" data-testid="login-app" required autocomplete="organization" autocapitalize="none"
              spellcheck="false" .defaultValue=${rememberedApp.get() || 'demo'}>
          </label>
          <label class="field">
            <span>User name</span>
            <input class="input" name="username" data-testid="login-user" required autocomplete="username" autocapitalize="none" spellcheck="false">
          </label>
          <label class="field">
            <span>Password</span>
            <input class="input" name="password" data-testid="login-password" type="password" required autocomplete="current-password">
          </label>
          <div role="alert">
            ${this.problem ? html`<p class="error" data-testid="login-error">${this.problem}</p>` : nothing}
          </div>
          <button class="button primary" data-testid="login-submit" ?disabled=${this.busy}>${this.busy ? 'Logging in…' : 'Log in'}</button>
        </form>
      </main>
    `;
  }

  private async submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await logIn({
        appId: this.field('appId').value.trim(),
        username: this.field('username').value.trim(),
        password: this.field('password').value,
      });
      this.dispatchEvent(new Event('logged-in'));
    } catch (error) {
      this.problem = errorText(error);
      this.busy = false;
      this.field('password').select();
    }
  }

  private field(name: string): HTMLInputElement {
    return this.querySelector<HTMLInputElement>(`[name="${name}"]`)!;
  }
}

customElements.define('console-login', Login);
