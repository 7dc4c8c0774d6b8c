// The answers to choose from of a question, as programs send it: each is a button that says it.

import { element } from '../ui/element';
import type { Texts } from './texts';

/** How many buttons one question may have. */
const most = 20;

/** Makes the buttons. What was answered shows none: see extras.css. */
export function choices(answers: readonly string[], choose: (text: string) => void, texts: Texts): HTMLElement {
  const group = element('div', { class: 'choices', role: 'group', 'aria-label': () => texts.say('choices') });
  for (const answer of answers.slice(0, most)) {
    const button = element(
      'button',
      { class: 'button', type: 'button', part: 'choice', dir: 'auto', 'data-testid': 'chat-choice' },
      answer,
    );
    button.addEventListener('click', () => choose(answer));
    group.append(button);
  }
  return group;
}
