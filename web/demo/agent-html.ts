// What an agent wrote may contain simple HTML (links, emphasis, lists, pictures). It is cleaned before it is shown;
// what a visitor wrote is never treated as HTML.

import DOMPurify from 'dompurify';

const allowed = {
  ALLOWED_TAGS: ['a', 'b', 'strong', 'i', 'em', 'u', 's', 'br', 'p', 'ul', 'ol', 'li', 'code', 'pre', 'blockquote', 'img'],
  ALLOWED_ATTR: ['href', 'src', 'alt', 'width', 'height', 'target', 'rel'],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|tel:|data:image\/(?:png|jpeg|gif|webp);|\/(?!\/))/i,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true as const,
};

/** A tag or a character reference. A text without one is shown as it is, so that "a < b" stays "a < b". */
const markup = /<\/?[a-z][^>]*>|&(?:[a-z]+|#\d+|#x[\da-f]+);/i;

DOMPurify.addHook('afterSanitizeAttributes', (node) => {
  if (node.tagName === 'IMG' && !node.hasAttribute('alt')) node.setAttribute('alt', '');
  if (node.tagName !== 'A') return;
  node.setAttribute('target', '_blank');
  node.setAttribute('rel', 'noopener noreferrer nofollow');
});

/** Makes the content for a text that an agent wrote. */
export function agentHtml(text: string): Node {
  return markup.test(text) ? DOMPurify.sanitize(text, allowed) : document.createTextNode(text);
}
