// The audit log: who did what, the newest first, of one kind or by one person if asked.

import { html, nothing } from 'lit';
import { momentText, timeText } from '../../ui/format';
import { ConsoleElement, ModelController } from '../console-element';
import { isolated, said, say, texts } from '../texts';
import { type AuditEntry, AuditLog } from './model/audit';
import { Team } from './model/team';

/** The acts by the first part of their names. */
const kinds = [
  'login',
  'agent',
  'session',
  'account',
  'settings',
  'app',
  'key',
  'webhook',
  'chat',
  'block',
  'export',
  'erase',
  'hold',
] as const;

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
      <div class="filters" role="group" aria-label=${say('audit.which')}>
        <label class="field"><span>${say('audit.what')}</span>
          <select class="input" data-testid="audit-act" @change=${(event: Event) => this.log.restart({ act: chosenIn(event) })}>
            <option value="">${say('audit.all')}</option>
            ${kinds.map((act) => html`<option value=${act} ?selected=${filter.act === act}>${say(`audit.${act}`)}</option>`)}
          </select>
        </label>
        <label class="field"><span>${say('audit.who')}</span>
          <select class="input" data-testid="audit-by" @change=${(event: Event) => this.log.restart({ by: chosenIn(event) })}>
            <option value="">${say('audit.everybody')}</option>
            ${this.team.list.map((one) => html`<option value=${one.id} ?selected=${filter.by === one.id}>${isolated(one.name)} (${isolated(one.username)})</option>`)}
          </select>
        </label>
      </div>
      <div role="alert">${problem ? html`<p class="error">${said(problem)} <button class="button small" @click=${() => this.log.restart()}>${say('retry')}</button></p>` : nothing}</div>
      <p class="quiet" role="status">${busy ? say('loading') : list.length === 0 && !problem ? say('audit.none') : nothing}</p>
      <ol class="audit">${list.map((entry) => this.entry(entry))}</ol>
      ${more ? html`<button class="button" data-testid="audit-more" ?disabled=${busy} @click=${this.readOn}>${say('more')}</button>` : nothing}
    `;
  }

  private entry({ at, act, by, userId, about, reason, network }: AuditEntry) {
    const right = say(`audit.by.${by}`);
    const who = by === 'user' || by === 'nobody' ? this.nameOf(userId, right) : right;
    const details = Object.entries(about ?? {}).map(([name, value]) => `${name}: ${isolated(this.nameOf(value, value))}`);
    const more = [...details, reason && say('audit.reason', { reason }), network && say('audit.from', { network })]
      .filter(Boolean)
      .join(' · ');
    return html`<li class="audit-entry" tabindex="-1" data-testid="audit-entry" data-act=${act}>
      <time class="quiet" datetime=${new Date(at * 1000).toISOString()} title=${momentText(at * 1000, texts.locale)}>${timeText(at * 1000, texts.locale)}</time>
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
