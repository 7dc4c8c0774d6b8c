// A question with answers to choose from, as programs send it: each answer is a button that says it.

import type { Message } from '../../index';
import { element } from '../ui/element';
import { linked } from '../ui/links';
import { questionOf } from '../ui/message-text';
import type { Texts } from './texts';

/** How many buttons one question may have. */
const most = 20;

/** Makes the content for a question; undefined for any other message. What was answered shows no buttons: see window.css. */
export function choices({ type, message, redacted }: Message, choose: (text: string) => void, texts: Texts): Node | undefined {
  const question = type === 'object' && !redacted ? questionOf(message as string) : undefined;
  if (!question?.answers.length) return undefined;
  const view = document.createDocumentFragment();
  const group = element('div', { class: 'choices', role: 'group', 'aria-label': () => texts.say('choices') });
  for (const answer of question.answers.slice(0, most)) {
    const button = element(
      'button',
      { class: 'button', type: 'button', part: 'choice', dir: 'auto', 'data-testid': 'chat-choice' },
      answer,
    );
    button.addEventListener('click', () => choose(answer));
    group.append(button);
  }
  view.append(linked(question.text), group);
  return view;
}
