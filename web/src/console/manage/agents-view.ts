// The agents of the app, and the dialogs in which one is added or changed.

import { html, nothing } from 'lit';
import { guard } from 'lit/directives/guard.js';
import { repeat } from 'lit/directives/repeat.js';
import './agent-dialog';
import { avatar } from '../../ui/avatar';
import type { Saying } from '../../ui/element';
import { nameOf } from '../../ui/format';
import { ConsoleElement, ModelController } from '../console-element';
import type { Workspace } from '../model/workspace';
import { isolated, said, say } from '../texts';
import { type Member, Team } from './model/team';

class AgentsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, editing: { state: true }, done: { state: true } };
  declare workspace: Workspace;
  /** Whose account is shown; 'new' for one that is to be added. */
  declare private editing: Member | 'new' | undefined;
  declare private done: Saying;
  private readonly team = new Team();

  constructor() {
    super();
    this.done = '';
    new ModelController(this, () => this.team);
    void this.team.load();
  }

  protected override render() {
    const { list, loading, problem } = this.team;
    return html`
      <div role="status">${this.done ? html`<p class="said" data-testid="team-said">${said(this.done)}</p>` : nothing}</div>
      <div role="alert">${problem ? html`<p class="error">${said(problem)} <button class="button small" @click=${() => this.team.load()}>${say('retry')}</button></p>` : nothing}</div>
      <div><button class="button primary" data-testid="agent-add" aria-haspopup="dialog" @click=${() => (this.editing = 'new')}>${say('team.add')}</button></div>
      ${loading ? html`<p class="quiet" role="status">${say('loading')}</p>` : nothing}
      <ul class="team">${repeat(
        list,
        (one) => one.id,
        (one) => this.member(one),
      )}</ul>
      ${
        this.editing
          ? html`<console-agent .of=${this.editing} .workspace=${this.workspace} @done=${this.finished} @closed=${this.closed}></console-agent>`
          : nothing
      }
    `;
  }

  private member(one: Member) {
    const state = say(one.disabled ? 'disabled' : one.available ? 'available' : 'unavailable');
    const serves = [one.rooms.length > 0 ? say('team.rooms', { rooms: one.rooms.join(', ') }) : say('team.everyRoom'), one.langs.join(', ')]
      .filter(Boolean)
      .join(' · ');
    return html`
      <li class="member" data-testid="team-member" data-agent=${one.username}>
        <p class="member-who">${guard([one], () => avatar({ ...one, name: () => nameOf(one) }))} <strong dir="auto">${one.name}</strong> <span class="quiet">${isolated(one.username)}</span>
          ${one.role === 'supervisor' ? html`<span class="tag">${say('supervisor')}</span>` : nothing}</p>
        <p class="quiet">${state}${one.chats > 0 ? ` · ${say('team.chats', { n: one.chats })}` : ''} · ${serves}</p>
        <button class="button small" data-testid="agent-edit" aria-haspopup="dialog" aria-label=${say('team.changeOf', { name: one.name })}
          @click=${() => (this.editing = one)}>${say('team.edit')}</button>
      </li>
    `;
  }

  /** The dialog may have changed a picture. */
  private closed(): void {
    this.editing = undefined;
    void this.team.load();
  }

  private finished({ detail }: CustomEvent<() => string>): void {
    this.done = detail;
    void this.team.load();
  }
}

customElements.define('console-agents', AgentsView);
