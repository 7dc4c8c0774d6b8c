// The list of keyboard shortcuts. Fires `closed` when it closes.

import { html } from 'lit';
import { ConsoleElement } from './console-element';
import { closeIcon } from './icons';
import { shortcuts } from './shortcuts';
import { say } from './texts';

class HelpDialog extends ConsoleElement {
  protected override firstUpdated(): void {
    this.querySelector('dialog')!.showModal();
  }

  protected override render() {
    return html`
      <dialog class="dialog" aria-labelledby="help-title" data-testid="help-dialog" @close=${() => this.dispatchEvent(new Event('closed'))}>
        <header class="dialog-head">
          <h2 id="help-title">${say('keys')}</h2>
          <button class="button plain icon" aria-label=${say('close')} @click=${() => this.querySelector('dialog')!.close()}>${closeIcon}</button>
        </header>
        <dl class="keys">
          ${shortcuts.map(({ keys, does }) => html`<div><dt>${keys.map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${say(does)}</dd></div>`)}
        </dl>
      </dialog>
    `;
  }
}

customElements.define('console-help', HelpDialog);
