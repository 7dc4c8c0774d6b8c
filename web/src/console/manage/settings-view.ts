// The settings that supervisors change, group by group. A group is made when it is first opened.

import { html, nothing } from 'lit';
import './settings/fields-form';
import './settings/hours-form';
import './settings/replies-form';
import './settings/surveys-form';
import './settings/words-form';
import './settings/work-form';
import { ConsoleElement, ModelController } from '../console-element';
import type { Workspace } from '../model/workspace';
import { said, say } from '../texts';
import { AppSettings } from './model/app-settings';

const groups = ['hours', 'form', 'words', 'surveys', 'replies', 'work'] as const;
type Group = (typeof groups)[number];

class SettingsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;
  private readonly settings = new AppSettings();
  private readonly opened = new Set<Group>();

  constructor() {
    super();
    new ModelController(this, () => this.settings);
    void this.settings.load();
    this.settings.watch(() => void this.workspace?.settings.load()); // agents' replies, tags and rooms
  }

  protected override render() {
    const { now, problem } = this.settings;
    return html`
      <div role="alert">${problem ? html`<p class="error">${said(problem)} <button class="button small" @click=${() => this.settings.load()}>${say('retry')}</button></p>` : nothing}</div>
      ${now || problem ? nothing : html`<p class="quiet" role="status">${say('loading')}</p>`}
      ${now ? groups.map((group) => this.group(group)) : nothing}
    `;
  }

  private group(group: Group) {
    return html`
      <details class="group" @toggle=${() => this.toggled(group)}>
        <summary data-testid=${`setting-${group}`}><h2>${say(titles[group])}</h2></summary>
        ${this.opened.has(group) ? this.form(group) : nothing}
      </details>
    `;
  }

  private form(group: Group) {
    const { settings } = this;
    switch (group) {
      case 'hours':
        return html`<console-set-hours .settings=${settings}></console-set-hours>`;
      case 'form':
        return html`<console-set-fields .settings=${settings}></console-set-fields>`;
      case 'words':
        return html`<console-set-words .settings=${settings}></console-set-words>`;
      case 'surveys':
        return html`<console-set-surveys .settings=${settings}></console-set-surveys>`;
      case 'replies':
        return html`<console-set-replies .settings=${settings}></console-set-replies>`;
      case 'work':
        return html`<console-set-work .settings=${settings}></console-set-work>`;
    }
  }

  private toggled(group: Group): void {
    this.opened.add(group);
    this.requestUpdate();
  }
}

const titles = {
  hours: 'set.hours',
  form: 'set.form',
  words: 'set.words',
  surveys: 'set.surveys',
  replies: 'replies',
  work: 'set.work',
} as const;

customElements.define('console-settings', SettingsView);
