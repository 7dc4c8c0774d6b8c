// The supervisor's forms with changes that are not stored. They stay in the page, unseen, while chats are shown.

export const unsaved = new Set<object>();

/** Asks before the page is left. */
export function askBeforeUnload(event: BeforeUnloadEvent): void {
  if (unsaved.size > 0) event.preventDefault();
}
