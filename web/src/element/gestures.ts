// What the visitor does with the chat window, but for writing: that is in composer.ts.

import type { Composer } from './composer';
import { find } from './elements';
import type { Visitor } from './fields';
import type { Frame } from './frame';
import { first, type Problems, read } from './pre-chat';
import type { Gestures, Stage } from './shown';
import type { SupportChat } from './support-chat';
import type { Texts } from './texts';

/** What they act on. */
interface Acted {
  readonly root: ShadowRoot;
  readonly texts: Texts;
  readonly frame: Frame;
  readonly chat: SupportChat;
  readonly contents: { readonly composer: Composer };
  open(): void;
  minimise(): void;
  /** Makes the window, and loads what a chat needs, before it is wanted. */
  warmUp(): void;
  start(visitor: Visitor): Promise<void>;
  show(stage: Stage): void;
  /** Shows the list of earlier chats; and goes back: to it, or from it. */
  listEarlier(): void;
  back(): void;
}

export const gesturesOn = (to: Acted): Gestures => ({
  near: () => to.warmUp(),
  open: () => to.open(),
  minimise: () => to.minimise(),
  dismiss: () => {
    to.frame.draw({ teaser: '' });
    find(to.root, 'chat-open').focus();
  },
  ask: (asking) => to.frame.confirm(asking),
  end: () => void to.frame.attempt(() => to.chat.close()),
  start: (event) => {
    event.preventDefault();
    const { shown } = to.frame;
    const form = find(to.root, 'chat-form');
    const answers = read(form, shown.fields, shown.consent !== undefined);
    if (!(answers instanceof Map)) return void to.start(answers as Visitor);
    to.frame.draw({ problems: answers as Problems });
    first(form)?.focus();
  },
  answer: (name) => {
    const { problems } = to.frame.shown;
    to.frame.draw({ problems: new Map([...problems].filter(([one]) => one !== name)) });
  },
  search: () => void to.chat.search(),
  here: () => {
    to.contents.composer.focus(); // the button disappears
    void to.chat.send(to.texts.say('here.said'));
  },
  save: () => void to.frame.attempt(() => to.chat.save()),
  again: () => to.show('form'),
  earlier: () => to.listEarlier(),
  back: () => to.back(),
  key: (event) => {
    if (event.key !== 'Escape') return;
    if (to.frame.shown.asking) to.frame.confirm(false);
    else to.minimise();
  },
});
