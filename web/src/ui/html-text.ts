// The text of a message as people see it: what somebody typed as it is, and HTML, if its format says that, made safe.

import DOMPurify from 'dompurify';
import type { Message } from '../../index';
import { element } from './element';
import { linked, openElsewhere } from './links';
import { onlyTags } from './markup';

type Format = Message['format'];

const allowed = {
  ALLOWED_TAGS: ['a', 'b', 'strong', 'i', 'em', 'u', 's', 'br', 'p', 'ul', 'ol', 'li', 'code', 'pre', 'blockquote', 'img'],
  ALLOWED_ATTR: ['href', 'src', 'alt', 'width', 'height'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|data:image\/(?:png|jpeg|gif|webp);|\/(?!\/))/i,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

/** Makes the content of a bubble. */
export function textView(text: string, format: Format): Node {
  if (format !== 'html') return linked(text);
  const view = sanitised(text);
  for (const image of view.querySelectorAll('img')) showPicture(image);
  for (const link of view.querySelectorAll('a')) openElsewhere(link);
  const texts = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
  const unlinked: Text[] = [];
  while (texts.nextNode()) if (!texts.currentNode.parentElement?.closest('a')) unlinked.push(texts.currentNode as Text);
  for (const node of unlinked) node.replaceWith(linked(node.data));
  return view;
}

/** Gives the text without tags, for previews and notifications. */
export function plainText(text: string, format: Format): string {
  if (format !== 'html') return text;
  const view = sanitised(text);
  for (const image of view.querySelectorAll('img')) image.replaceWith(image.alt);
  for (const block of view.querySelectorAll('br, p, ul, ol, li, pre, blockquote')) block.before('\n');
  return view.textContent!.trim();
}

function sanitised(text: string): DocumentFragment {
  return DOMPurify.sanitize(onlyTags(text), allowed);
}

/** Our pages show pictures that the text contains. One from elsewhere would tell its owner who reads it: it becomes a link. */
function showPicture(image: HTMLImageElement): void {
  const source = image.getAttribute('src') ?? '';
  if (/^data:/i.test(source)) image.alt = image.getAttribute('alt') ?? '';
  else if (image.closest('a') || !source) image.replaceWith(image.alt || source);
  else image.replaceWith(element('a', { href: source }, image.alt || source));
}
