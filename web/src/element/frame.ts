// What the chat window shows of its state: drawn anew when something has changed, with what went wrong.

import { render } from 'lit/html.js';
import { avatar } from '../ui/avatar';
import { find } from './elements';
import type { Host } from './host';
import { shell } from './shell';
import { type Gestures, nothing, type Shown, type Stage, unshown } from './shown';
import type { Texts } from './texts';
import type { Say, Sender } from './view';

/** How many agents are pictured in the header. */
const mostFaces = 3;

export class Frame {
  readonly shown = unshown();
  private status: Say = nothing;
  private offline: Say | undefined;
  /** The agents in the chat. */
  people: readonly Sender[] = [];

  constructor(
    private readonly root: ShadowRoot,
    private readonly host: Host,
    private readonly texts: Texts,
    private readonly gestures: Gestures,
  ) {
    this.draw();
  }

  /** Draws anew what has changed, also texts and attributes. */
  draw(more: Partial<Shown> = {}): void {
    const { host } = this;
    Object.assign(this.shown, more, {
      heading: host.heading(),
      fields: host.fields(),
      consent: host.consent(),
      settled: host.settled(),
      closed: host.closed(),
      state: this.offline ?? this.status,
    });
    render(shell(this.shown, this.texts, this.gestures), this.root);
  }

  clear(): void {
    render(null, this.root);
  }

  stage(stage: Stage): void {
    if (stage === 'form') this.status = nothing;
    this.draw({ stage, asking: false, problem: nothing });
  }

  /** The line under the title. */
  state(text: Say): void {
    this.status = text;
    this.draw();
  }

  /** What that line says. */
  get said(): string {
    return this.status();
  }

  /** Shows the agents in the chat. */
  agents(people: readonly Sender[]): void {
    this.people = people;
    this.draw({ faces: people.slice(0, mostFaces).map(avatar) });
  }

  /** Shows what an earlier page did, until the chat is there. */
  expect(state: Say, people: readonly Sender[]): void {
    this.status = state;
    this.agents(people);
    this.shown.still = true;
  }

  /** Shows a text instead of the state while the connection is lost; without one that is over. */
  connection(text?: Say): void {
    this.offline = text;
    this.draw();
  }

  confirm(asking: boolean): void {
    this.draw({ asking });
    find(this.root, asking ? 'chat-close-cancel' : 'chat-close').focus();
  }

  /** Shows above the messages what went wrong; without a text nothing does. */
  problem(text = nothing): void {
    this.draw({ problem: text });
  }

  failed(error: unknown): void {
    this.problem(this.texts.error(error));
    this.host.tell('error', { error });
  }

  /** Runs `act`, and shows why it failed. */
  async attempt(act: () => Promise<void>): Promise<void> {
    this.problem();
    try {
      await act();
    } catch (error) {
      this.failed(error);
    }
  }
}
