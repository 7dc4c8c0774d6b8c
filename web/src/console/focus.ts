// Where the focus goes after an act that changes the page.

import type { ConsoleElement } from './console-element';

/** Focuses the input of a chat, or its messages if it has no input. */
export async function focusChat(chatId: string): Promise<void> {
  await new Promise(requestAnimationFrame);
  const pane = document.querySelector(`[data-testid="chat-pane"][data-chat="${CSS.escape(chatId)}"]`);
  const input = pane?.querySelector<HTMLTextAreaElement>('textarea:not(:disabled)');
  (input ?? pane?.querySelector<HTMLElement>('.log'))?.focus();
}

/** Focuses what a selector finds in an element, after its next rendering. */
export async function focusIn(element: ConsoleElement, selector: string): Promise<void> {
  await element.updateComplete;
  element.querySelector<HTMLElement>(selector)?.focus();
}
