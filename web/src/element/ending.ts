// What the chat window shows after a chat: the ticket and the survey.

import { element } from '../ui/element';
import { find, type Root } from './elements';
import { surveyFrame } from './survey-frame';
import type { Texts } from './texts';

export class Ending {
  private readonly line: HTMLElement;
  private readonly place: HTMLElement;

  constructor(
    root: Root,
    private readonly texts: Texts,
  ) {
    this.line = find(root, 'chat-ticket');
    this.place = find(root, 'chat-survey-place');
  }

  /** Clears it for a chat that has just ended. */
  begin(): void {
    this.line.replaceChildren();
    this.place.replaceChildren();
  }

  ticket(number: string): void {
    this.line.replaceChildren(element('bdi', {}, () => this.texts.say('ticket', { number })));
  }

  /** Shows the survey of this address, on the server whose API is at `api`. */
  survey(url: string, api: string): void {
    const frame = surveyFrame(
      url,
      api,
      this.texts.tag,
      () => this.texts.say('survey'),
      () => this.thank(),
    );
    if (frame) this.place.replaceChildren(frame);
  }

  /** Replaces the frame, and keeps the focus that was in it. */
  private thank(): void {
    const thanks = element('p', { class: 'thanks', tabindex: '-1', 'data-testid': 'chat-thanks' }, () => this.texts.say('thanks'));
    const before = [...this.place.children];
    this.place.append(thanks);
    thanks.focus(); // while the frame is there: with it Firefox takes away the focus of the whole window
    for (const child of before) child.remove();
  }
}
