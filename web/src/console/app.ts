// The whole console: the log-in form, or the workspace of the agent who is logged in.

import { html, nothing } from 'lit';
import './login';
import './workspace-view';
import type { Saying } from '../ui/element';
import { ConsoleElement } from './console-element';
import { language } from './model/language';
import { endLogin, takeReturn } from './model/provider';
import { restoreSession } from './model/session';
import { Workspace } from './model/workspace';
import { errorSaying, say } from './texts';

class App extends ConsoleElement {
  static override properties = { workspace: { state: true }, restoring: { state: true }, problem: { state: true } };
  declare private workspace: Workspace | undefined;
  declare private restoring: boolean;
  declare private problem: Saying;

  constructor() {
    super();
    this.restoring = true;
    this.problem = '';
    void language.speak();
    void this.restore();
  }

  protected override render() {
    if (!language.ready) return nothing;
    if (this.workspace) return html`<console-workspace .workspace=${this.workspace}></console-workspace>`;
    if (this.restoring) return html`<p class="restoring" role="status">${say('opening')}</p>`;
    return html`<console-login @logged-in=${this.enter} .problem=${this.problem}></console-login>`;
  }

  /** A session that is alive counts more than a log-in that the page's address may have. */
  private async restore(): Promise<void> {
    const back = takeReturn();
    try {
      const logged = await restoreSession();
      if (back && !logged) await endLogin(back);
      if (back || logged) this.enter();
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.restoring = false;
  }

  private enter(): void {
    this.workspace = new Workspace();
  }
}

customElements.define('parley-console', App);
