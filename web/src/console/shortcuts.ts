// The keyboard shortcuts that work anywhere in the workspace.

import { focusChat } from './focus';
import type { List } from './model/chat-lists';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';

/** For the help: the keys, and what they do. */
export const shortcuts: readonly { keys: readonly string[]; does: string }[] = [
  { keys: ['Alt', '1 – 9'], does: 'Open a chat from the list' },
  { keys: ['Alt', 'N'], does: 'Open the next chat with unread messages' },
  { keys: ['Alt', 'A'], does: 'Accept the first invitation' },
  { keys: ['Alt', 'C'], does: 'Show your chats' },
  { keys: ['Alt', 'W'], does: 'Show who is waiting' },
  { keys: ['/'], does: 'Find a canned reply, at the start of a message' },
  { keys: ['Enter'], does: 'Send the message' },
  { keys: ['Shift', 'Enter'], does: 'Start a new line' },
  { keys: ['Esc'], does: 'Close a dialog, a list or the details' },
  { keys: ['?'], does: 'Show this help' },
];

/** Carries out a shortcut; `help` shows all of them. A key is known by its position: with Alt, many layouts type other characters. */
export function shortcut(event: KeyboardEvent, workspace: Workspace, help: () => void): void {
  if (event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
  if (!event.altKey) {
    if (event.key !== '?' || isField(event.target)) return;
    help();
  } else if (!act(event.code, workspace)) return;
  event.preventDefault();
}

function act(code: string, workspace: Workspace): boolean {
  const number = /^Digit([1-9])$/.exec(code)?.[1];
  if (number) return open(workspace, workspace.conversations[Number(number) - 1]);
  switch (code) {
    case 'KeyN':
      return open(workspace, workspace.nextUnread);
    case 'KeyA':
      document.querySelector<HTMLElement>('[data-testid="invitation-accept"]')?.click();
      return true;
    case 'KeyC':
      return showList(workspace, 'own');
    case 'KeyW':
      return showList(workspace, 'waiting');
  }
  return false;
}

function open(workspace: Workspace, conversation: Conversation | undefined): boolean {
  if (conversation) {
    workspace.open(conversation);
    void focusChat(conversation.id);
  }
  return true;
}

function showList(workspace: Workspace, list: List): boolean {
  workspace.backToList();
  workspace.lists.show(list);
  requestAnimationFrame(() => document.querySelector<HTMLElement>(`#tab-${list}`)?.focus());
  return true;
}

function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select');
}
