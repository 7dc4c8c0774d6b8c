// The end of the chat window's talk: ticket, the conversation to save, the survey, a new chat.

import { element } from '../src/ui/element';
import { find } from './elements';
import { surveyFrame } from './survey-frame';

export class Ending {
  private readonly line = find('chat-ticket');
  private readonly place = find('chat-survey-place');

  /** Shows it for a chat that has just ended. */
  begin(): void {
    this.line.textContent = '';
    this.place.replaceChildren();
  }

  ticket(id: string): void {
    this.line.textContent = `Your ticket number is ${id}.`;
  }

  survey(url: string): void {
    const frame = surveyFrame(url, () => this.thank());
    if (frame) this.place.replaceChildren(frame);
  }

  /** The frame had the focus, which must not be lost with it. */
  private thank(): void {
    const thanks = element(
      'p',
      { class: 'thanks', tabindex: '-1', 'data-testid': 'chat-thanks' },
      'Thank you, your answers have reached us.',
    );
    this.place.replaceChildren(thanks);
    thanks.focus();
  }
}
