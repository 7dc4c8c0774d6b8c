// Canned replies: found by what the agent types, and filled in for the chat.

import type { CannedReply } from './settings';

/**
 * The replies whose title or text has all the words typed. Those in the visitor's language come first, then those that are in none, then those
 * in others; of each the ones whose title begins with what is typed.
 */
export function findReplies(replies: readonly CannedReply[], typed: string, language = ''): CannedReply[] {
  const wanted = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = replies.filter(({ title, text }) => wanted.every((word) => `${title} ${text}`.toLowerCase().includes(word)));
  const first = ({ title }: CannedReply) => (title.toLowerCase().startsWith(typed.trim().toLowerCase()) ? 0 : 1);
  const primary = language.split(/[-_]/)[0]!.toLowerCase();
  const apart = ({ lang }: CannedReply) => (!lang ? 1 : lang === primary ? 0 : 2);
  return fits.sort((a, b) => apart(a) - apart(b) || first(a) - first(b));
}

/** Replaces `{name}` and the like by values. A placeholder whose value is empty is removed, with the blank before it. */
export function fillReply(text: string, values: Record<string, string>): string {
  return text.replace(/ ?\{(\w+)\}/g, (found, name: string) => {
    if (!Object.hasOwn(values, name)) return found;
    return values[name] ? `${found.startsWith(' ') ? ' ' : ''}${values[name]}` : '';
  });
}
