// How many messages nobody has looked at, in the page's title. The chats of all elements on the page are one.

const counts = new Map<object, number>();
let title = '';
let shown: string | undefined;

/** Shows a number of `owner` before the title; 0 for none. */
export function countInTitle(owner: object, unread: number): void {
  counts.set(owner, unread);
  const most = Math.max(...counts.values());
  if (unread === 0) counts.delete(owner);
  if (most === 0 && shown === undefined) return;
  if (document.title !== shown) title = document.title; // the page has another one now
  shown = most > 0 ? `(${most}) ${title}` : undefined;
  if (document.title !== (shown ?? title)) document.title = shown ?? title;
}
