// The rooms of the app, and how many agents serve each.

import { html } from 'lit';
import { say, texts } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import type { Member } from '../model/team';
import { SettingForm } from './setting-form';

class RoomsForm extends SettingForm<string[]> {
  static override properties = { ...SettingForm.properties, agents: { attribute: false } };
  /** Undefined until they are known. */
  declare agents: readonly Member[] | undefined;

  protected pick({ rooms }: ManagedSettings): string[] {
    return rooms;
  }

  protected change(rooms: string[]) {
    return { rooms: rooms.map((room) => room.trim()) };
  }

  protected lines(rooms: string[]): Line[] {
    return rooms.map((room) => [room, '']);
  }

  protected fields(rooms: string[]) {
    return html`
      <p class="quiet">${say('rooms.about')}</p>
      ${rooms.map(
        (room, at) => html`<div class="room">
          ${this.field(`rooms.${at}`, say('rooms.name'), room, (name) => (rooms[at] = name), { max: 128 })}
          ${this.agents && html`<span class="quiet" data-testid="room-agents">${`${say('agents')}: ${texts.number(serving(room, this.agents))}`}</span>`}
          ${this.remover('room', room, () => rooms.splice(at, 1))}
        </div>`,
      )}
      ${this.adder(
        'room',
        say('rooms.add'),
        () => rooms.push(''),
        () => `rooms.${rooms.length - 1}`,
      )}
    `;
  }
}

const serving = (room: string, agents: readonly Member[]): number =>
  agents.filter(({ rooms, disabled }) => !disabled && (rooms.length === 0 || rooms.includes(room))).length;

customElements.define('console-set-rooms', RoomsForm);
