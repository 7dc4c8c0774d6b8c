// Where the keyboard goes after an act that changes the page.

import type { ConsoleElement } from './console-element';

/** Puts the cursor into the input of a chat, or, where there is none, onto its messages. */
export async function focusChat(chatId: string): Promise<void> {
  await new Promise(requestAnimationFrame);
  const pane = document.querySelector(`[data-testid="chat-pane"][data-chat="${CSS.escape(chatId)}"]`);
  const input = pane?.querySelector<HTMLTextAreaElement>('textarea:not(:disabled)');
  (input ?? pane?.querySelector<HTMLElement>('.log'))?.focus();
}

/** Focuses what a selector finds in a part, once it has been drawn anew. */
export async function focusIn(part: ConsoleElement, selector: string): Promise<void> {
  await part.updateComplete;
  part.querySelector<HTMLElement>(selector)?.focus();
}
