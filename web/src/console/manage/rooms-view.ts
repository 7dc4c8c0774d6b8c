// The page of the app's rooms.

import { html, nothing } from 'lit';
import './settings/rooms-form';
import { ConsoleElement, ModelController } from '../console-element';
import type { Workspace } from '../model/workspace';
import { said, say } from '../texts';
import { AppSettings } from './model/app-settings';
import { Team } from './model/team';

class RoomsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;
  private readonly settings = new AppSettings();
  private readonly team = new Team();

  constructor() {
    super();
    new ModelController(this, () => this.settings);
    new ModelController(this, () => this.team);
    void this.settings.load();
    void this.team.load();
    this.settings.watch(() => void this.workspace?.settings.load());
  }

  protected override render() {
    const { now, problem } = this.settings;
    const { list } = this.team; // never empty once it is read: who reads it is an agent too
    return html`
      <div role="alert">${problem ? html`<p class="error">${said(problem)} <button class="button small" @click=${() => this.settings.load()}>${say('retry')}</button></p>` : nothing}</div>
      ${now || problem ? nothing : html`<p class="quiet" role="status">${say('loading')}</p>`}
      ${now ? html`<console-set-rooms .settings=${this.settings} .agents=${list.length > 0 ? list : undefined}></console-set-rooms>` : nothing}
    `;
  }
}

customElements.define('console-rooms', RoomsView);
