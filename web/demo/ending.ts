// What the chat window shows after a chat: the ticket and the survey.

import { element } from '../src/ui/element';
import { find } from './elements';
import { surveyFrame } from './survey-frame';

export class Ending {
  private readonly line = find('chat-ticket');
  private readonly place = find('chat-survey-place');

  /** Clears it for a chat that has just ended. */
  begin(): void {
    this.line.textContent = '';
    this.place.replaceChildren();
  }

  ticket(number: string): void {
    this.line.textContent = `Your ticket number is ${number}.`;
  }

  survey(url: string): void {
    const frame = surveyFrame(url, () => this.thank());
    if (frame) this.place.replaceChildren(frame);
  }

  /** Replaces the frame, and keeps the focus that was in it. */
  private thank(): void {
    const thanks = element('p', { class: 'thanks', tabindex: '-1', 'data-testid': 'chat-thanks' }, 'Thank you for your answers.');
    const before = [...this.place.children];
    this.place.append(thanks);
    thanks.focus(); // while the frame is there: with it Firefox takes away the focus of the whole window
    for (const child of before) child.remove();
  }
}
