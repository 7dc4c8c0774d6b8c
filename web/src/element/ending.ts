// What the chat window shows after a chat: the ticket and the survey.

import { element } from '../ui/element';
import { find, type Root } from './elements';
import { loadExtras } from './extras-loader';
import type { Texts } from './texts';

export class Ending {
  private readonly line: HTMLElement;
  private readonly place: HTMLElement;
  /** How many chats have ended. */
  private turn = 0;

  constructor(
    private readonly root: Root,
    private readonly texts: Texts,
  ) {
    this.line = find(root, 'chat-ticket');
    this.place = find(root, 'chat-survey-place');
  }

  /** Clears it for a chat that has just ended. */
  begin(): void {
    this.turn++;
    this.line.replaceChildren();
    this.place.replaceChildren();
  }

  ticket(number: string): void {
    this.line.replaceChildren(element('bdi', {}, () => this.texts.say('ticket', { number })));
  }

  /** Shows the survey of this address, on the server whose API is at `api`; or why it cannot be shown, and a button to try again. */
  async survey(url: string, api: string): Promise<void> {
    const { turn, place, texts } = this;
    let show: () => void;
    try {
      const { showSurvey } = await loadExtras();
      show = () => showSurvey(place, url, api, texts);
    } catch (error) {
      show = () => {
        const again = element('button', { class: 'button', type: 'button', 'data-testid': 'chat-survey-again' }, () => texts.say('retry'));
        again.addEventListener('click', () => void this.survey(url, api));
        place.replaceChildren(
          element('p', { class: 'error', role: 'alert' }, element('bdi', {}, texts.error(error))),
          element('div', { class: 'over-acts' }, again),
        );
      };
    }
    if (turn !== this.turn) return;
    const focused = place.contains(this.root.activeElement);
    show();
    if (focused) place.querySelector<HTMLElement>('iframe, button')?.focus();
  }
}
