// What counts as a tag in a text whose format is HTML.

// All others stay text, as do those with an attribute that has no value: `<b name>` was typed by somebody.
// server/internal/chatstate/markup.go has the same rule for files.
const tag =
  /<(\/?)(a|b|strong|i|em|u|s|br|p|ul|ol|li|code|pre|blockquote|img)((?:\s+[a-z-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>`]+))*)\s*\/?>/gi;

const attribute = /([a-z-]+)\s*=\s*("[^"]*"|'[^']*'|[^\s"'<>`]+)/gi;
const kept = ['href', 'src', 'alt', 'width', 'height'];

/**
 * Escapes all that is not a tag that messages may have, so that a parser keeps it as text, and leaves out attributes that
 * they may not have, of which browsers complain while they parse. Where links lead is still to be sanitised.
 */
export function onlyTags(text: string): string {
  const open = new Map<string, number>();
  let safe = '';
  let end = 0;
  for (const { 0: found, 1: closing, 2: given, 3: attributes, index } of text.matchAll(tag)) {
    const name = given!.toLowerCase();
    const depth = open.get(name) ?? 0;
    if (closing && depth === 0) continue; // it closes nothing, and is text
    if (closing || (name !== 'br' && name !== 'img')) open.set(name, depth + (closing ? -1 : 1));
    const harmless = [...attributes!.matchAll(attribute)].filter(([, key]) => kept.includes(key!.toLowerCase()));
    safe += `${escaped(text.slice(end, index))}<${closing}${[name, ...harmless.map(([all]) => all)].join(' ')}>`;
    end = index + found.length;
  }
  return safe + escaped(text.slice(end));
}

const escaped = (text: string): string => text.replaceAll('<', '&lt;');
