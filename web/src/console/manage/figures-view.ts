// The figures of now: how many wait and how long, room by room, and how busy the agents are.

import { html, nothing } from 'lit';
import { durationText } from '../../ui/format';
import { ConsoleElement, ModelController } from '../console-element';
import { Figures, type RoomFigures } from './model/figures';
import type { Member } from './model/team';

class FiguresView extends ConsoleElement {
  private readonly figures = new Figures();

  constructor() {
    super();
    new ModelController(this, () => this.figures);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.figures.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.figures.stop();
  }

  protected override render() {
    const { waiting, active, longestWait, agents, rooms, loading, problem } = this.figures;
    const onDuty = agents.filter((one) => one.available);
    return html`
      <div role="alert">${problem ? html`<p class="error">These figures are not of now. ${problem}</p>` : nothing}</div>
      ${loading ? html`<p class="quiet" role="status">Loading…</p>` : nothing}
      <dl class="figures">
        ${figure('waiting', 'Waiting', String(waiting))}
        ${figure('longest', 'Longest wait in a queue', durationText(longestWait))}
        ${figure('active', 'With an agent', String(active))}
        ${figure('duty', 'Agents available', `${onDuty.length} of ${agents.length}`)}
      </dl>
      ${table(
        'Rooms',
        ['Room', 'In the queue', 'Longest wait', 'New ones wait about', 'Agents', 'Free'],
        rooms.map(([room, of]) => roomRow(room, of)),
      )}
      ${table(
        'Agents',
        ['Agent', 'State', 'Chats'],
        agents.map((one) => agentRow(one)),
      )}
    `;
  }
}

const figure = (id: string, name: string, value: string) =>
  html`<div class="figure"><dt>${name}</dt><dd data-testid="figure-${id}">${value}</dd></div>`;

const table = (title: string, heads: readonly string[], rows: readonly unknown[]) => html`
  <div class="wide" role="region" aria-label=${title} tabindex="0">
    <table>
      <caption>${title}</caption>
      <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
      <tbody>${rows}</tbody>
    </table>
  </div>
`;

const roomRow = (room: string, { waiting, longestWait, waitingTime, agents, available }: RoomFigures) => html`
  <tr data-testid="figure-room"><th scope="row" dir="auto">${room}</th><td>${waiting}</td><td>${durationText(longestWait)}</td>
    <td>${durationText(waitingTime)}</td><td>${agents}</td><td>${available}</td></tr>
`;

const agentRow = ({ name, available, chats }: Member) => html`
  <tr data-testid="figure-agent"><th scope="row" dir="auto">${name}</th><td>${available ? 'Available' : 'Not available'}</td><td>${chats}</td></tr>
`;

customElements.define('console-figures', FiguresView);
