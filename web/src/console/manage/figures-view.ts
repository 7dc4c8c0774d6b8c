// The figures of now: how many wait and how long, room by room, and how busy the agents are.

import { html, nothing } from 'lit';
import { ConsoleElement, ModelController } from '../console-element';
import { said, say, texts } from '../texts';
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
    const { waiting, active, longestWait, agents, rooms, today, loading, problem } = this.figures;
    const onDuty = agents.filter((one) => one.available);
    return html`
      <div role="alert">${problem ? html`<p class="error">${say('figures.old', { reason: () => said(problem) })}</p>` : nothing}</div>
      ${loading ? html`<p class="quiet" role="status">${say('loading')}</p>` : nothing}
      <dl class="figures">
        ${figure('waiting', say('waiting'), texts.number(waiting))}
        ${figure('longest', say('figures.longest'), texts.duration(longestWait))}
        ${figure('active', say('figures.active'), texts.number(active))}
        ${figure('duty', say('figures.duty'), say('figures.of', { n: onDuty.length, all: agents.length }))}
        ${figure('answered', say('figures.answered'), texts.number(today.answered))}
        ${figure('median', say('figures.median'), time(today.answered, today.median))}
        ${figure('ninety', say('figures.ninety'), time(today.answered, today.ninety))}
      </dl>
      <p class="quiet" data-testid="figure-zone">${today.complete ? say('figures.zone', { zone: today.timeZone }) : say('figures.counting')}</p>
      ${table(
        say('rooms'),
        [say('details.room'), say('figures.queue'), say('figures.wait'), say('figures.expect'), say('agents'), say('figures.free')],
        rooms.map(([room, of]) => roomRow(room, of)),
      )}
      ${table(
        say('agents'),
        [say('agent'), say('figures.state'), say('chats')],
        agents.map((one) => agentRow(one)),
      )}
    `;
  }
}

const figure = (id: string, name: string, value: string) =>
  html`<div class="figure"><dt>${name}</dt><dd data-testid="figure-${id}">${value}</dd></div>`;

/** How long the answers took; nothing without any. */
const time = (answered: number, seconds: number) => (answered > 0 ? texts.duration(seconds) : '–');

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
  <tr data-testid="figure-room"><th scope="row" dir="auto">${room}</th><td>${texts.number(waiting)}</td><td>${texts.duration(longestWait)}</td>
    <td>${texts.duration(waitingTime)}</td><td>${texts.number(agents)}</td><td>${texts.number(available)}</td></tr>
`;

const agentRow = ({ name, available, chats }: Member) => html`
  <tr data-testid="figure-agent"><th scope="row" dir="auto">${name}</th><td>${say(available ? 'available' : 'unavailable')}</td><td>${texts.number(chats)}</td></tr>
`;

customElements.define('console-figures', FiguresView);
