// The anchors of headings, as the pages' links and the addresses of errors have them.

// The words of a heading in small letters, joined by hyphens, without punctuation.
const anchorOf = (text) =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');

/** markdown-it plugin: each heading gets its anchor, with a number from the second of the same words on. */
export function anchors(markdown) {
  markdown.core.ruler.push('anchors', ({ tokens }) => {
    const used = new Map();
    for (const [at, token] of tokens.entries()) {
      if (token.type !== 'heading_open') continue;
      const anchor = anchorOf(textOf(tokens[at + 1]));
      const times = used.get(anchor) ?? 0;
      used.set(anchor, times + 1);
      token.attrSet('id', times ? `${anchor}-${times}` : anchor);
    }
  });
}

/** The text of a heading. */
export const textOf = ({ children }) => children.map(({ content }) => content).join('');
