// The end of the chat window's talk: ticket, the conversation to save, the survey, a new chat.

import { element } from '../src/ui/element';
import { find } from './elements';
import { surveyFrame } from './survey-frame';

export class Ending {
  private readonly ticketLine = find('chat-ticket');
  private readonly surveyPlace = find('chat-survey-place');

  /** Shows it for a chat that has just ended. */
  begin(): void {
    this.ticketLine.textContent = '';
    this.surveyPlace.replaceChildren();
  }

  ticket(id: string): void {
    this.ticketLine.textContent = `Your ticket number is ${id}.`;
  }

  survey(url: string): void {
    const frame = surveyFrame(url, () => this.thank());
    if (frame) this.surveyPlace.replaceChildren(frame);
  }

  /** The frame had the focus, which must not be lost with it. */
  private thank(): void {
    const thanks = element(
      'p',
      { class: 'thanks', tabindex: '-1', 'data-testid': 'chat-thanks' },
      'Thank you, your answers have reached us.',
    );
    this.surveyPlace.replaceChildren(thanks);
    thanks.focus();
  }
}
