// The audit log: who did what, the newest first, of one kind or by one person if asked.

import { html, nothing } from 'lit';
import { isolate } from '../../ui/direction';
import { momentText, timeText } from '../../ui/format';
import { ConsoleElement, ModelController } from '../console-element';
import { type AuditEntry, AuditLog } from './model/audit';
import { Team } from './model/team';

/** The acts by the first part of their names. */
const kinds: readonly [string, string][] = [
  ['login', 'Log-ins'],
  ['agent', 'Agents'],
  ['session', 'Sessions that were ended'],
  ['account', 'Passwords, authenticators and passkeys'],
  ['settings', 'Settings'],
  ['app', 'The app'],
  ['key', 'Keys and secrets'],
  ['webhook', 'Webhooks'],
  ['chat', 'Watching and taking over'],
  ['block', 'Blocks'],
  ['export', 'Exports'],
  ['erase', 'Erasures'],
  ['hold', 'Legal holds'],
];

const rights = { key: 'An access key', secret: "The app's secret", admin: 'The operator', nobody: 'Somebody', user: 'A user' };

class AuditView extends ConsoleElement {
  private readonly log = new AuditLog();
  private readonly team = new Team();

  constructor() {
    super();
    new ModelController(this, () => this.log);
    new ModelController(this, () => this.team);
    void this.team.load();
    void this.log.restart();
  }

  protected override render() {
    const { list, more, busy, problem, filter } = this.log;
    return html`
      <div class="filters" role="group" aria-label="Which entries">
        <label class="field"><span>What</span>
          <select class="input" data-testid="audit-act" @change=${(event: Event) => this.log.restart({ act: chosenIn(event) })}>
            <option value="">Everything</option>
            ${kinds.map(([act, title]) => html`<option value=${act} ?selected=${filter.act === act}>${title}</option>`)}
          </select>
        </label>
        <label class="field"><span>Who</span>
          <select class="input" data-testid="audit-by" @change=${(event: Event) => this.log.restart({ by: chosenIn(event) })}>
            <option value="">Everybody</option>
            ${this.team.list.map((one) => html`<option value=${one.id} ?selected=${filter.by === one.id}>${isolate(one.name)} (${isolate(one.username)})</option>`)}
          </select>
        </label>
      </div>
      <div role="alert">${problem ? html`<p class="error">${problem} <button class="button small" @click=${() => this.log.restart()}>Try again</button></p>` : nothing}</div>
      <p class="quiet" role="status">${busy ? 'Loading…' : list.length === 0 && !problem ? 'There are no such entries.' : nothing}</p>
      <ol class="audit">${list.map((entry) => this.entry(entry))}</ol>
      ${more ? html`<button class="button" data-testid="audit-more" ?disabled=${busy} @click=${this.readOn}>Show more</button>` : nothing}
    `;
  }

  private entry({ at, act, by, userId, about, reason, network }: AuditEntry) {
    const who = by === 'user' || by === 'nobody' ? this.nameOf(userId, rights[by]) : rights[by];
    const details = Object.entries(about ?? {}).map(([name, value]) => `${name}: ${isolate(this.nameOf(value, value))}`);
    const more = [...details, reason && `reason: ${reason}`, network && `from ${network}`].filter(Boolean).join(' · ');
    return html`<li class="audit-entry" tabindex="-1" data-testid="audit-entry" data-act=${act}>
      <time class="quiet" datetime=${new Date(at * 1000).toISOString()} title=${momentText(at * 1000)}>${timeText(at * 1000)}</time>
      <span><strong dir="auto">${who}</strong> <code>${act}</code></span>
      ${more ? html`<span class="quiet">${more}</span>` : nothing}
    </li>`;
  }

  /** The name of an agent whose id this is, or else `other`. */
  private nameOf(id: string | undefined, other: string): string {
    return this.team.list.find((one) => one.id === id)?.name ?? other;
  }

  /** Adds a page; its first entry gets the focus. */
  private async readOn(): Promise<void> {
    const before = this.log.list.length;
    await this.log.readOn();
    await this.updateComplete;
    this.querySelectorAll<HTMLElement>('.audit-entry')[before]?.focus();
  }
}

const chosenIn = (event: Event) => (event.target as HTMLSelectElement).value;

customElements.define('console-audit', AuditView);
