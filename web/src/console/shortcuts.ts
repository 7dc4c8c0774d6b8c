// The keyboard shortcuts that work anywhere in the workspace.

import { focusChat } from './focus';
import type { List } from './model/chat-lists';
import type { Conversation } from './model/conversation';
import type { Workspace } from './model/workspace';
import type { TextKey } from './texts';

/** For the help: the keys, and what they do. */
export const shortcuts: readonly { keys: readonly string[]; does: TextKey }[] = [
  { keys: ['Alt', '1 – 9'], does: 'keys.open' },
  { keys: ['Alt', 'N'], does: 'keys.unread' },
  { keys: ['Alt', 'A'], does: 'keys.accept' },
  { keys: ['Alt', 'C'], does: 'keys.chats' },
  { keys: ['Alt', 'W'], does: 'keys.waiting' },
  { keys: ['/'], does: 'keys.reply' },
  { keys: ['Enter'], does: 'keys.send' },
  { keys: ['Shift', 'Enter'], does: 'keys.line' },
  { keys: ['Esc'], does: 'keys.close' },
  { keys: ['?'], does: 'keys.help' },
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
