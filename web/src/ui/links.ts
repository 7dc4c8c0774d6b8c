// Addresses in a text become links. Libraries for this find more, such as addresses without http, at the price of 4 to 8 KB.

import { element } from './element';

// The lengths bound the time that a text of 10,000 characters takes. Japanese, Chinese and Korean sentences go on after an
// address without a space: their letters belong to it only where a part of it begins, as in /wiki/日本.
const eastern = '々-〇ぁ-ヿ㐀-鿿가-힣';
const address = new RegExp(
  String.raw`(?:https?:\/\/|mailto:)[${eastern}]{0,500}(?:[^\s<>"“”„«»\u3000-\u303f\uff00-\uffef/.?&=#_~${eastern}-]|[/.?&=#_~-][${eastern}]{0,500}){1,2000}|(?:(?![${eastern}])[\p{L}\p{N}._%+-]){1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,9}(?:[a-z]{2,63}|\p{L}{2,63})`,
  'giu',
);

const pairs: Record<string, string> = { ')': '(', ']': '[', '}': '{' };

/** Makes the content for a plain text: each address is a link that opens elsewhere and tells nobody where it was clicked. */
export function linked(text: string): DocumentFragment {
  const content = document.createDocumentFragment();
  let end = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    const shown = withoutEnd(found);
    const href = hrefOf(shown);
    if (!href) continue;
    // An address reads from left to right, also within a text of the other direction.
    const link = element('a', { href, dir: 'ltr' }, shown);
    openElsewhere(link);
    content.append(text.slice(end, index), link);
    end = index + shown.length;
  }
  content.append(text.slice(end));
  return content;
}

/** Lets a link open in another tab, which learns nothing of this page. */
export function openElsewhere(link: Element): void {
  link.setAttribute('target', '_blank');
  link.setAttribute('rel', 'noopener noreferrer nofollow');
}

/** The address without the punctuation of the sentence that it stands in: `(see https://example.test/a_(b)).` */
function withoutEnd(found: string): string {
  let end = found.length;
  for (; end > 0; end--) {
    const last = found[end - 1]!;
    const opening = pairs[last];
    const shown = found.slice(0, end);
    if (opening ? shown.split(last).length <= shown.split(opening).length : !/[.,;:!?'’*_~…]/.test(last)) break;
  }
  return found.slice(0, end);
}

/** Where an address leads; '' if it leads nowhere. */
function hrefOf(shown: string): string {
  const given = /^(?:https?|mailto):/i.test(shown) ? shown : `mailto:${shown}`;
  try {
    const { protocol, host, pathname } = new URL(given);
    return protocol === 'mailto:' ? (pathname.includes('@') ? given : '') : host && given;
  } catch {
    return '';
  }
}
