// Builds the documentation that the server has at /docs/ from the files of docs/, with Eleventy.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Eleventy from '@11ty/eleventy';
import { contentHash } from '../build/bundle.mjs';
import { bundle } from '../build/notices.mjs';
import { anchors } from './anchors.mjs';
import { links } from './links.mjs';
import { addressOf, sections } from './pages.mjs';
import { sectionsOf } from './search-index.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = path.resolve(here, '../..');
const pages = sections.flatMap((section) => section.pages);

/** Writes the pages, their style, their search and its index into the folder `out`. */
export async function buildDocs(out) {
  await mkdir(out, { recursive: true });
  const [script, style] = await Promise.all([bundleFile('search.ts', '.js', out), bundleFile('docs.css', '.css', out)]);
  const seen = { found: [], pictures: new Set(), wanted: [] };
  const before = process.cwd();
  process.chdir(root); // Eleventy reads below the folder that it runs in
  try {
    const eleventy = new Eleventy('docs', path.relative(root, out), {
      quietMode: true,
      config: (config) => configure(config, { script, style }, seen),
    });
    await eleventy.write();
  } finally {
    process.chdir(before);
  }
  const { found, pictures, wanted } = seen;
  const missing = pages.filter((page) => !found.some(({ id }) => id.split('#')[0] === addressOf(page)));
  if (missing.length > 0) throw new Error(`docs: pages of the menu that are not there: ${missing.join(', ')}`);
  const ids = new Set(found.map(({ id }) => id));
  const nowhere = wanted.filter(({ to }) => !ids.has(to)).map(({ from, to }) => `${from} has a link to ${to}`);
  if (nowhere.length > 0) throw new Error(`docs: sections that are not there: ${nowhere.join('; ')}`);
  for (const file of pictures) await copyFile(file, path.join(out, path.basename(file)));
  // Eleventy renders the pages in an order that is another one each time.
  const places = new Map(pages.map((page, place) => [addressOf(page), place]));
  const placeOf = ({ id }) => places.get(id.split('#')[0]);
  found.sort((one, other) => placeOf(one) - placeOf(other));
  await writeFile(path.join(out, 'index.json'), JSON.stringify(found));
}

// `seen` gets the sections and pictures of the pages, and the sections that links lead to.
function configure(config, built, { found, pictures, wanted }) {
  config.setUseGitIgnore(false);
  config.setFreezeReservedData(false);
  config.setIncludesDirectory(path.relative(path.join(root, 'docs'), here));
  config.setTemplateFormats(['md']);
  config.setLiquidOptions({ outputEscape: 'escape' });
  config.addGlobalData('layout', 'layout.liquid');
  config.addGlobalData(
    'eleventyComputed.permalink',
    () =>
      ({ page }) =>
        `${addressOf(nameOf(page.inputPath))}index.html`,
  );
  config.addGlobalData(
    'eleventyComputed.view',
    () =>
      ({ page }) =>
        view(nameOf(page.inputPath), built),
  );
  // The pages are Markdown alone: what looks like a template in them is text.
  config.addGlobalData('templateEngineOverride', 'md');
  config.amendLibrary('md', (markdown) => {
    markdown.set({ html: false, linkify: false, typographer: false });
    markdown.enable('code'); // lines that are indented, which Eleventy takes for text
    markdown.use(anchors);
    markdown.core.ruler.push('search', ({ tokens, env }) => void found.push(...sectionsOf(tokens, addressOf(nameOf(env.page.inputPath)))));
    markdown.use(links, { root, pages, pictures, wanted });
    // Wide tables and samples scroll by themselves, also by keyboard.
    markdown.renderer.rules.table_open = () => '<div class="table" tabindex="0">\n<table>\n';
    for (const rule of ['fence', 'code_block']) {
      const rendered = markdown.renderer.rules[rule];
      markdown.renderer.rules[rule] = (...args) => rendered.apply(markdown.renderer, args).replace('<pre', '<pre tabindex="0"');
    }
    markdown.renderer.rules.table_close = () => '</table>\n</div>\n';
  });
}

const nameOf = (file) => path.relative(path.join(root, 'docs'), path.resolve(root, file)).replace(/\.md$/, '');

// What the layout shows around a page.
function view(page, { script, style }) {
  if (!pages.includes(page)) throw new Error(`docs/${page}.md is on no menu: add it to web/docs/pages.mjs`);
  const up = '../'.repeat(addressOf(page).split('/').length - 1) || './';
  const menu = sections.map((section) => ({
    title: section.title,
    pages: section.pages.map((name) => ({ href: `${up}${addressOf(name)}`, title: titles.get(name), current: name === page })),
  }));
  return { title: titles.get(page), up, menu, script, style };
}

const titles = new Map(
  await Promise.all(
    pages.map(async (page) => {
      const text = await readFile(path.join(root, 'docs', `${page}.md`), 'utf8').catch(() => '');
      return [page, /^# (.+)$/m.exec(text)?.[1] ?? page];
    }),
  ),
);

async function bundleFile(name, ending, out) {
  const { outputFiles } = await bundle({
    entryPoints: [path.join(here, name)],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    legalComments: 'none',
    logLevel: 'warning',
  });
  const { contents } = outputFiles[0];
  const file = `docs.${contentHash(contents)}${ending}`;
  await writeFile(path.join(out, file), contents);
  return file;
}
