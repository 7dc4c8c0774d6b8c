// Shows that the connection is lost, and what failed in the background.

import { html, nothing } from 'lit';
import { ConsoleElement, ModelController } from './console-element';
import { warningIcon } from './icons';
import type { Connection } from './model/connection';
import { said, say } from './texts';

class ConnectionBanner extends ConsoleElement {
  static override properties = { connection: { attribute: false } };
  declare connection: Connection;

  constructor() {
    super();
    new ModelController(this, () => this.connection);
  }

  protected override render() {
    const { text, state, over, problems } = this.connection;
    return html`
      <div role="status" class=${text ? 'banner' : 'visually-hidden'} data-testid="connection-state" data-state=${state}>
        ${text ? html`${warningIcon}<span>${say(text)}</span>` : say('connected')}
        ${over ? html`<button class="button" @click=${() => location.reload()}>${say('reload')}</button>` : nothing}
      </div>
      <div role="alert">
        ${
          over
            ? nothing
            : problems.map(
                (one) =>
                  html`<p class="error flat">${said(one)} <button class="button plain" @click=${() => this.connection.dismiss(one)}>${say('dismiss')}</button></p>`,
              )
        }
      </div>
    `;
  }
}

customElements.define('console-connection', ConnectionBanner);
