// The invitations that are not answered yet, each with the time left.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { nameOf } from '../ui/format';
import { ConsoleElement, ModelController } from './console-element';
import { focusChat } from './focus';
import type { Invitation } from './model/invitations';
import type { Workspace } from './model/workspace';
import { said, say, texts } from './texts';

class InvitationsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false } };
  declare workspace: Workspace;
  private clock: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    new ModelController(this, () => this.workspace.invitations);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.clock);
    this.clock = undefined;
  }

  protected override updated(): void {
    const counting = this.workspace.invitations.list.length > 0;
    if (counting) this.clock ??= setInterval(() => this.requestUpdate(), 1000);
    if (counting) return;
    clearInterval(this.clock);
    this.clock = undefined;
  }

  protected override render() {
    const { list, gone } = this.workspace.invitations;
    return html`
      <section class="invitations" aria-labelledby="invitations-title" ?hidden=${list.length === 0 && !gone}>
        <h2 id="invitations-title">${say('invitations')}</h2>
        ${repeat(
          list,
          (one) => one.chatId,
          (one) => this.invitation(one),
        )}
        ${gone ? html`<p class="quiet">${said(gone)}</p>` : nothing}
      </section>
      <div class="visually-hidden" role="status">${list.length > 0 ? say('invitations.new', { name: visitorName(list.at(-1)!) }) : said(gone)}</div>
    `;
  }

  private invitation(one: Invitation) {
    const seconds = one.endsAt && Math.max(0, Math.ceil((one.endsAt - ICF.Parley.now()) / 1000));
    const name = visitorName(one);
    return html`
      <article class="invitation" data-testid="invitation" data-chat=${one.chatId}>
        <p class="invitation-who">
          <strong dir="auto">${name}</strong>
          ${one.room ? html`<span class="quiet">${say('room', { room: one.room })}</span>` : nothing}
          ${seconds === undefined || one.accepted ? nothing : html`<span class="countdown" role="timer" aria-label=${say('invitations.left')}>${texts.duration(seconds)}</span>`}
        </p>
        ${one.problem ? html`<p class="error" role="alert">${said(one.problem)}</p>` : nothing}
        <div class="invitation-acts">
          <button class="button primary" data-testid="invitation-accept" ?disabled=${one.busy} aria-label=${say('accept.who', { name })}
            @click=${() => this.accept(one)}>${say('accept')}</button>
          <button class="button" data-testid="invitation-reject" ?disabled=${one.busy || one.accepted} aria-label=${say('reject.who', { name })}
            @click=${() => this.workspace.invitations.reject(one)}>${say('reject')}</button>
        </div>
      </article>
    `;
  }

  private async accept(one: Invitation): Promise<void> {
    await this.workspace.invitations.accept(one);
    if (this.workspace.focused?.id === one.chatId) await focusChat(one.chatId);
  }
}

function visitorName(invitation: Invitation): string {
  return nameOf(invitation.visitor) || say('visitor.a');
}

customElements.define('console-invitations', InvitationsView);
