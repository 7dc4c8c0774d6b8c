// The dialog in which an agent is added or changed. Fires `done` with what was done, and `closed` when it closes.

import { html, nothing } from 'lit';
import type { Saying } from '../../ui/element';
import { ConsoleElement } from '../console-element';
import '../portrait';
import { closeIcon } from '../icons';
import { tabApp } from '../model/preferences';
import { loginWays } from '../model/provider';
import type { Workspace } from '../model/workspace';
import './agent-acts';
import { errorSaying, said, say } from '../texts';
import { addMember, changeMember, type Member, memberOf, type Profile, type Role, renameMember } from './model/team';

class AgentDialog extends ConsoleElement {
  static override properties = {
    of: { attribute: false },
    workspace: { attribute: false },
    member: { state: true },
    ready: { state: true },
    provider: { state: true },
    busy: { state: true },
    problem: { state: true },
  };
  /** Whose account it is; 'new' for one that is to be added. */
  declare of: Member | 'new';
  declare workspace: Workspace;
  /** The account as the server has it now; undefined if it is new. */
  declare private member: Member | undefined;
  declare private ready: boolean;
  /** Agents log in by a provider too. */
  declare private provider: boolean;
  declare private busy: boolean;
  declare private problem: Saying;

  constructor() {
    super();
    this.ready = this.provider = this.busy = false;
    this.problem = '';
  }

  protected override firstUpdated(): void {
    this.dialog.showModal();
    void this.act(async () => {
      this.provider = (await loginWays(tabApp.get())).oidc !== null;
      if (this.of !== 'new') this.member = await memberOf(this.of.id);
      this.ready = true;
    });
  }

  protected override render() {
    const title = say(this.of === 'new' ? 'team.add' : 'team.change');
    return html`
      <dialog class="dialog" aria-labelledby="agent-title" data-testid="agent-dialog" @close=${() => this.dispatchEvent(new Event('closed'))}>
        <header class="dialog-head">
          <h2 id="agent-title">${title}</h2>
          <button class="button plain icon" aria-label=${say('close')} @click=${() => this.dialog.close()}>${closeIcon}</button>
        </header>
        <div class="dialog-said" role="alert">${this.problem ? html`<p class="error" data-testid="agent-error">${said(this.problem)}</p>` : nothing}</div>
        ${this.ready ? this.form() : nothing}
        ${this.member ? html`<console-portrait .agentId=${this.member.id}></console-portrait>` : nothing}
        ${this.member && !this.own ? html`<console-agent-acts .member=${this.member} @done=${this.done}></console-agent-acts>` : nothing}
      </dialog>
    `;
  }

  private form() {
    const { member, own } = this;
    return html`
      <form @submit=${this.submit}>
        ${
          member
            ? html`<p class="quiet">${say('team.user')} <bdi>${member.username}</bdi></p>`
            : text('username', say('team.userNew'), '', { required: true, max: 128, autocomplete: 'off' })
        }
        ${text('name', say('team.name'), member?.name, { required: true, max: 200 })}
        ${text('nickname', say('team.nickname'), member?.nickname, { max: 200 })}
        ${own ? html`<p class="quiet">${say('team.own')}</p>` : this.rights()}
        <button class="button primary" data-testid="agent-save" ?disabled=${this.busy}>${say(member ? 'team.save' : 'team.addNow')}</button>
      </form>
    `;
  }

  private rights() {
    const { member } = this;
    const { rooms } = this.workspace.settings;
    const all = [...new Set([...rooms, ...(member?.rooms ?? [])])];
    const supervisor = member?.role === 'supervisor';
    return html`
      <label class="field">
        <span>${say('team.role')}</span>
        <select class="input" name="role" data-testid="agent-role">
          <option value="agent" ?selected=${!supervisor}>${say('agent')}</option>
          <option value="supervisor" ?selected=${supervisor}>${say('team.supervisor')}</option>
        </select>
      </label>
      <fieldset class="field rooms">
        <legend>${say('rooms')} <small>${say('team.allRooms')}</small></legend>
        ${all.map((room) => html`<label class="check"><input type="checkbox" name="rooms" value=${room} .checked=${member?.rooms.includes(room) ?? false}> <bdi>${room}</bdi></label>`)}
      </fieldset>
      ${text('langs', say('team.langs'), member?.langs.join(', '), { pattern: '\\s*([a-z]{2}\\s*(,\\s*[a-z]{2}\\s*)*)?' })}
      ${this.provider && !supervisor ? text('email', say('team.email'), member?.email, { max: 254, type: 'email' }) : nothing}
      ${
        supervisor
          ? html`<p class="quiet">${say('team.noPassword')}</p>`
          : text('password', say(member ? 'team.password' : 'team.passwordNew'), '', {
              type: 'password',
              required: !member,
              max: 256,
              min: 8,
              autocomplete: 'new-password',
            })
      }
    `;
  }

  private get own(): boolean {
    return this.member?.id === this.workspace.me.id;
  }

  private get dialog(): HTMLDialogElement {
    return this.querySelector('dialog')!;
  }

  private submit(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const value = (name: string) => String(data.get(name) ?? '').trim();
    const { member } = this;
    const profile: Profile = {
      name: value('name'),
      nickname: value('nickname'),
      role: value('role') as Role,
      rooms: data.getAll('rooms').map(String),
      langs: value('langs')
        .split(/[\s,]+/)
        .filter(Boolean),
      email: data.has('email') ? value('email') : (member?.email ?? ''),
    };
    const password = String(data.get('password') ?? '');
    void this.act(async () => {
      if (!member) await addMember(value('username'), password, profile);
      else if (this.own) await renameMember(member.id, profile);
      else await changeMember(member, profile, password);
      this.finish(() => say(member ? 'team.changed' : 'team.added', { name: profile.name }));
    });
  }

  private done({ detail }: CustomEvent<() => string>): void {
    this.finish(detail);
  }

  private finish(done: () => string): void {
    this.dispatchEvent(new CustomEvent('done', { detail: done }));
    this.dialog.close();
  }

  private async act(what: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await what();
    } catch (error) {
      this.problem = errorSaying(error);
    }
    this.busy = false;
  }
}

interface Field {
  type?: 'text' | 'password' | 'email';
  required?: boolean;
  min?: number;
  max?: number;
  pattern?: string;
  autocomplete?: 'off' | 'new-password';
}

const text = (
  name: string,
  label: string,
  value = '',
  { type = 'text', required = false, min = 0, max = 256, pattern, autocomplete = 'off' }: Field,
) => html`
  <label class="field">
    <span>${label}</span>
    <input class="input" type=${type} dir="auto" name=${name} data-testid=${`agent-${name}`} .value=${value} ?required=${required} minlength=${min}
      maxlength=${max} pattern=${pattern ?? nothing} autocomplete=${autocomplete}>
  </label>
`;

customElements.define('console-agent', AgentDialog);
