// The links of the pages, which lead to files of the repository: those to other pages lead to these, and what is not served
// is named only. A link that leads nowhere fails the build. Pictures are copied beside the pages.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { addressOf } from './pages.mjs';

/**
 * markdown-it plugin. `root` is the repository's folder, and `pages` the names of all pages. `pictures` gets the pages'
 * files, and `wanted` the sections that links lead to.
 */
export function links(markdown, { root, pages, pictures, wanted }) {
  markdown.core.ruler.push('links', ({ tokens, env }) => {
    const from = path.relative(root, path.resolve(env.page.inputPath));
    for (const { children } of tokens) {
      for (const [at, token] of (children ?? []).entries()) {
        if (token.type === 'link_open') follow(token, children, at, from);
        else if (token.type === 'image') show(token, from);
      }
    }
  });

  function follow(token, children, at, from) {
    const href = token.attrGet('href');
    if (/^[a-z]+:/.test(href)) return;
    const [file, anchor] = href.split('#');
    const target = file ? path.join(path.dirname(from), file) : from;
    if (!existsSync(path.join(root, target))) throw new Error(`${from} has a link to ${href}, which is not there`);
    const name = target.startsWith('docs/') && pages.find((one) => [one, one.replace(/\/README$/, '')].includes(pageOf(target)));
    if (!name) return nameOnly(token, children, at, target);
    if (anchor) wanted.push({ from, to: `${addressOf(name)}#${anchor}` });
    if (file) token.attrSet('href', `${upFrom(from)}${addressOf(name)}${anchor ? `#${anchor}` : ''}` || './');
  }

  function show(token, from) {
    const file = path.join(root, path.dirname(from), token.attrGet('src'));
    if (!existsSync(file)) throw new Error(`${from} has a picture ${token.attrGet('src')}, which is not there`);
    pictures.add(file);
    token.attrSet('src', `${upFrom(from)}${path.basename(file)}`);
  }
}

// A file of the source is not served: its name is enough.
function nameOnly(token, children, at, file) {
  const end = children.findIndex((one, i) => i > at && one.type === 'link_close');
  Object.assign(token, { tag: 'span', attrs: [['title', file]] });
  Object.assign(children[end], { tag: 'span', attrs: null });
}

const pageOf = (file) => file.replace(/^docs\//, '').replace(/\.md$/, '');

// The way from a page to the root of the documentation.
const upFrom = (file) => '../'.repeat(addressOf(pageOf(file)).split('/').length - 1);
