// Says that the connection is lost, while it is.

import { html } from 'lit';
import { warningIcon } from './icons';
import type { Connection } from './model/connection';
import { Part, Shows } from './part';

class ConnectionBanner extends Part {
  static override properties = { connection: { attribute: false } };
  declare connection: Connection;

  constructor() {
    super();
    new Shows(this, () => this.connection);
  }

  protected override render() {
    const { text, state } = this.connection;
    return html`
      <div role="status" class=${text ? 'banner' : 'visually-hidden'} data-testid="connection-state" data-state=${state}>
        ${text ? html`${warningIcon}<span>${text}</span>` : 'Connected'}
      </div>
    `;
  }
}

customElements.define('console-connection', ConnectionBanner);
