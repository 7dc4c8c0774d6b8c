// The part of a dialog in which the picture of an agent is chosen or removed.

import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { avatar } from '../ui/avatar';
import type { Saying } from '../ui/element';
import { nameOf } from '../ui/format';
import { ConsoleElement } from './console-element';
import { type Portrayed, portrayed, removePortrait, setPortrait } from './model/portrait';
import { errorSaying, said, say } from './texts';

class Portrait extends ConsoleElement {
  static override properties = {
    agentId: { attribute: false },
    agent: { state: true },
    busy: { state: true },
    changed: { state: true },
    problem: { state: true },
  };
  declare agentId: string;
  /** As the server has them now. */
  declare private agent: Portrayed | undefined;
  declare private busy: boolean;
  declare private changed: boolean;
  declare private problem: Saying;

  constructor() {
    super();
    this.busy = this.changed = false;
    this.problem = '';
  }

  protected override firstUpdated(): void {
    void this.act(false, () => portrayed(this.agentId));
  }

  protected override render() {
    const { agent, busy } = this;
    return html`
      <section class="account-part" aria-labelledby="portrait-title" data-testid="portrait">
        <h3 id="portrait-title">${say('portrait')}</h3>
        <div role="status">${this.changed ? html`<p class="quiet" data-testid="portrait-said">${say('portrait.changed')}</p>` : nothing}</div>
        <div role="alert">${this.problem ? html`<p class="error" data-testid="portrait-error">${said(this.problem)}</p>` : nothing}</div>
        <p class="quiet">${say('portrait.about')}</p>
        <div class="portrait">
          ${guard([agent], () => (agent ? avatar({ ...agent, name: () => nameOf(agent) }) : nothing))}
          <input class="visually-hidden" type="file" accept="image/*" tabindex="-1" aria-hidden="true" data-testid="portrait-file" @change=${this.choose}>
          <button class="button small" type="button" data-testid="portrait-choose" ?disabled=${busy} @click=${this.ask}>${say('portrait.choose')}</button>
          ${
            agent?.picture
              ? html`<button class="button small" type="button" data-testid="portrait-remove" ?disabled=${busy} @click=${this.drop}>${say('remove')}</button>`
              : nothing
          }
        </div>
      </section>
    `;
  }

  private get input(): HTMLInputElement {
    return this.querySelector('input')!;
  }

  private ask(): void {
    this.input.click();
  }

  private choose(): void {
    const [file] = this.input.files ?? [];
    if (file) void this.act(true, () => setPortrait(this.agentId, file));
    this.input.value = '';
  }

  private async drop(): Promise<void> {
    await this.act(true, () => removePortrait(this.agentId));
    this.querySelector('button')!.focus(); // the other one is gone
  }

  private async act(changes: boolean, what: () => Promise<Portrayed>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.changed = false;
    this.problem = '';
    try {
      this.agent = await what();
      this.changed = changes;
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.busy = false;
  }
}

customElements.define('console-portrait', Portrait);
