// The agents of the app, and the dialogs in which one is added or changed.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import './agent-dialog';
import { isolate } from '../../ui/direction';
import { ConsoleElement, ModelController } from '../console-element';
import type { Workspace } from '../model/workspace';
import { type Member, Team } from './model/team';

class AgentsView extends ConsoleElement {
  static override properties = { workspace: { attribute: false }, editing: { state: true }, said: { state: true } };
  declare workspace: Workspace;
  /** Whose account is shown; 'new' for one that is to be added. */
  declare private editing: Member | 'new' | undefined;
  declare private said: string;
  private readonly team = new Team();

  constructor() {
    super();
    this.said = '';
    new ModelController(this, () => this.team);
    void this.team.load();
  }

  protected override render() {
    const { list, loading, problem } = this.team;
    return html`
      <div role="status">${this.said ? html`<p class="said" data-testid="team-said">${this.said}</p>` : nothing}</div>
      <div role="alert">${problem ? html`<p class="error">${problem} <button class="button small" @click=${() => this.team.load()}>Try again</button></p>` : nothing}</div>
      <div><button class="button primary" data-testid="agent-add" aria-haspopup="dialog" @click=${() => (this.editing = 'new')}>Add an agent</button></div>
      ${loading ? html`<p class="quiet" role="status">Loading…</p>` : nothing}
      <ul class="team">${repeat(
        list,
        (one) => one.id,
        (one) => this.member(one),
      )}</ul>
      ${
        this.editing
          ? html`<console-agent .of=${this.editing} .workspace=${this.workspace} @done=${this.done} @closed=${() => (this.editing = undefined)}></console-agent>`
          : nothing
      }
    `;
  }

  private member(one: Member) {
    const state = one.disabled ? 'Disabled' : one.available ? 'Available' : 'Not available';
    const serves = [one.rooms.length > 0 ? `Rooms ${one.rooms.join(', ')}` : 'All rooms', one.langs.join(', ')].filter(Boolean).join(' · ');
    const chats = one.chats === 1 ? '1 chat' : `${one.chats} chats`;
    return html`
      <li class="member" data-testid="team-member" data-agent=${one.username}>
        <p class="member-who"><strong dir="auto">${one.name}</strong> <span class="quiet">${isolate(one.username)}</span>
          ${one.role === 'supervisor' ? html`<span class="tag">Supervisor</span>` : nothing}</p>
        <p class="quiet">${state}${one.chats > 0 ? ` · ${chats}` : ''} · ${serves}</p>
        <button class="button small" data-testid="agent-edit" aria-haspopup="dialog" aria-label="Change ${isolate(one.name)}"
          @click=${() => (this.editing = one)}>Change</button>
      </li>
    `;
  }

  private done({ detail }: CustomEvent<string>): void {
    this.said = detail;
    void this.team.load();
  }
}

customElements.define('console-agents', AgentsView);
