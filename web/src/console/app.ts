// The whole console: the log-in form, or the desk of who is logged in.

import { html } from 'lit';
import './login';
import './desk-view';
import { words } from '../ui/format';
import { Desk } from './model/desk';
import { restoreSession } from './model/session';
import { Part } from './part';

class App extends Part {
  static override properties = { desk: { state: true }, restoring: { state: true }, problem: { state: true } };
  declare private desk: Desk | undefined;
  declare private restoring: boolean;
  declare private problem: string;

  constructor() {
    super();
    this.restoring = true;
    this.problem = '';
    void this.restore();
  }

  protected override render() {
    if (this.desk) return html`<console-desk .desk=${this.desk}></console-desk>`;
    if (this.restoring) return html`<p class="restoring" role="status">Opening the console…</p>`;
    return html`<console-login @logged-in=${this.enter} .problem=${this.problem}></console-login>`;
  }

  private async restore(): Promise<void> {
    try {
      if (await restoreSession()) this.enter();
    } catch (error) {
      this.problem = words(error);
    }
    this.restoring = false;
  }

  private enter(): void {
    this.desk = new Desk();
  }
}

customElements.define('parley-console', App);
