// What ends somebody's access: sessions, the second factor, the whole account. Fires `done` with what was done.

import { html, nothing, type PropertyValues } from 'lit';
import type { Saying } from '../../ui/element';
import { timeText } from '../../ui/format';
import { ConsoleElement } from '../console-element';
import { focusIn } from '../focus';
import { errorSaying, isolated, said, say, texts } from '../texts';
import { endSession, type Member, removeMember, resetSecondFactor, type Session, sessionsOf, setDisabled } from './model/team';

class AgentActs extends ConsoleElement {
  static override properties = {
    member: { attribute: false },
    sessions: { state: true },
    asking: { state: true },
    busy: { state: true },
    problem: { state: true },
  };
  declare member: Member;
  declare private sessions: readonly Session[];
  /** They are asked whether to remove the account. */
  declare private asking: boolean;
  declare private busy: boolean;
  declare private problem: Saying;

  constructor() {
    super();
    this.sessions = [];
    this.asking = this.busy = false;
    this.problem = '';
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('member')) void this.act(async () => {});
  }

  protected override render() {
    const { member, busy } = this;
    const supervisor = member.role === 'supervisor';
    return html`
      <section class="account-part" aria-labelledby="sessions-title">
        <h3 id="sessions-title">${say('sessions')}</h3>
        ${this.sessions.length === 0 ? html`<p class="quiet">${say('sessions.none')}</p>` : nothing}
        <ul class="blocks">${this.sessions.map((one) => this.session(one))}</ul>
      </section>
      <section class="account-part" aria-labelledby="access-title">
        <h3 id="access-title">${say('access')}</h3>
        <div role="alert">${this.problem ? html`<p class="error">${said(this.problem)}</p>` : nothing}</div>
        <div class="acts">
          <button class="button small" data-testid="agent-disable" ?disabled=${busy} @click=${this.disable}>${say(member.disabled ? 'access.enable' : 'access.disable')}</button>
          ${
            supervisor
              ? nothing
              : html`<button class="button small" data-testid="agent-reset" ?disabled=${busy} @click=${this.reset}>${say('access.reset')}</button>
                ${
                  this.asking
                    ? html`<button class="button small" data-testid="agent-keep" @click=${this.keep}>${say('keep')}</button>
                      <button class="button small danger" data-testid="agent-remove-confirm" ?disabled=${busy} @click=${this.removeAgent}>${say('access.removeNow')}</button>`
                    : html`<button class="button small danger" data-testid="agent-remove" @click=${this.ask}>${say('access.remove')}</button>`
                }`
          }
        </div>
        <p class="quiet">${say('access.about')}</p>
      </section>
    `;
  }

  private session(one: Session) {
    const where = [one.userAgent, one.network].filter(Boolean).join(' · ') || say('sessions.browser');
    return html`<li><span>${isolated(where)}<br><span class="quiet">${say('sessions.used', { time: timeText(one.used * 1000, texts.locale) })}</span></span>
      <button class="button small" data-testid="session-end" aria-label=${say('sessions.endOf', { name: where })} ?disabled=${this.busy}
        @click=${() => this.act(() => endSession(this.member.id, one.id))}>${say('sessions.end')}</button></li>`;
  }

  private disable(): void {
    const { id, disabled, name } = this.member;
    void this.act(
      () => setDisabled(id, !disabled),
      () => say(disabled ? 'team.enabled' : 'team.disabled', { name }),
    );
  }

  private reset(): void {
    const { id, name } = this.member;
    void this.act(
      () => resetSecondFactor(id),
      () => say('team.reset', { name }),
    );
  }

  private removeAgent(): void {
    const { id, name } = this.member;
    void this.act(
      () => removeMember(id),
      () => say('team.removed', { name }),
    );
  }

  private ask(): void {
    this.asking = true;
    void focusIn(this, '[data-testid="agent-keep"]');
  }

  private keep(): void {
    this.asking = false;
    void focusIn(this, '[data-testid="agent-remove"]');
  }

  /** Does something and reads the sessions again, or says that it is done. */
  private async act(what: () => Promise<void>, done?: () => string): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await what();
      if (done) this.dispatchEvent(new CustomEvent('done', { detail: done }));
      else this.sessions = await sessionsOf(this.member.id);
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.busy = false;
  }
}

customElements.define('console-agent-acts', AgentActs);
