// What the search finds: each section of each page, with the words below its heading.

import { textOf } from './anchors.mjs';

/** Gives the sections of a page, from its tokens of markdown-it; `address` is that of the page. */
export function sectionsOf(tokens, address) {
  const found = [];
  let page = '';
  for (const [at, token] of tokens.entries()) {
    if (token.type === 'heading_open') {
      const heading = textOf(tokens[at + 1]);
      page ||= heading;
      found.push({ id: `${address}#${token.attrGet('id')}`, page, heading, words: '' });
    } else if (
      found.length > 0 &&
      (/^(?:fence|code_block)$/.test(token.type) || (token.type === 'inline' && tokens[at - 1].type !== 'heading_open'))
    ) {
      const words = token.children
        ? token.children.map(({ content, type }) => (type === 'softbreak' ? ' ' : content)).join('')
        : token.content;
      found.at(-1).words += `${words} `;
    }
  }
  return found;
}
