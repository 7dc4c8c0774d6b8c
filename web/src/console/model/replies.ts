// Canned replies: found by what the agent types, and filled in for the chat.

import type { CannedReply } from './settings';

/** The replies whose title or text has all the words typed; those whose title begins with them come first. */
export function findReplies(replies: readonly CannedReply[], typed: string): CannedReply[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = replies.filter(({ title, text }) => wanted.every((word) => `${title} ${text}`.toLowerCase().includes(word)));
  const first = ({ title }: CannedReply) => (title.toLowerCase().startsWith(typed.trim().toLowerCase()) ? 0 : 1);
  return fits.sort((a, b) => first(a) - first(b));
}

/** Replaces `{name}` and the like by values. A placeholder whose value is empty is removed, with the blank before it. */
export function fillReply(text: string, values: Record<string, string>): string {
  return text.replace(/ ?\{(\w+)\}/g, (found, name: string) => {
    if (!Object.hasOwn(values, name)) return found;
    return values[name] ? `${found.startsWith(' ') ? ' ' : ''}${values[name]}` : '';
  });
}
