// The search of the documentation: finds sections by their words, while somebody types.

import MiniSearch from 'minisearch';

interface Section {
  id: string;
  page: string;
  heading: string;
  words: string;
}

const most = 8;

const place = document.querySelector<HTMLElement>('.search')!;
const input = place.querySelector('input')!;
const list = place.querySelector('ul')!;
const status = place.querySelector('p')!;
let index: Promise<MiniSearch<Section>> | undefined;
let active = -1;

place.hidden = false;
if (matchMedia('(max-width: 899px)').matches) document.querySelector('details')!.open = false;

async function load(): Promise<MiniSearch<Section>> {
  const response = await fetch(place.dataset.index!);
  if (!response.ok) throw new Error(`the index of the search cannot be loaded: ${response.status}`);
  const search = new MiniSearch<Section>({ fields: ['heading', 'page', 'words'], storeFields: ['page', 'heading'] });
  search.addAll(await response.json());
  return search;
}

async function find(): Promise<void> {
  const query = input.value.trim();
  index ??= load();
  const search = await index.catch(() => undefined);
  if (!search) {
    index = undefined; // the next key tries again
    status.textContent = 'The search cannot be loaded.';
    return;
  }
  if (query !== input.value.trim()) return; // more was typed meanwhile
  const found = search.search(query, { prefix: true, fuzzy: 0.15, boost: { heading: 4, page: 2 }, combineWith: 'AND' }).slice(0, most);
  list.replaceChildren(...found.map(({ id, page, heading }, at) => entry(String(id), String(page), String(heading), at)));
  activate(found.length > 0 ? 0 : -1);
  show(found.length > 0);
  status.textContent = query ? (found.length === 1 ? '1 section found' : `${found.length} sections found`) : '';
}

function entry(id: string, page: string, heading: string, at: number): HTMLElement {
  const line = document.createElement('li');
  line.id = `result-${at}`;
  line.setAttribute('role', 'option');
  line.append(heading);
  if (page !== heading) {
    const where = document.createElement('small');
    where.textContent = page;
    line.append(where);
  }
  line.addEventListener('click', () => {
    show(false);
    location.assign(`${place.dataset.up}${id}`);
  });
  return line;
}

function activate(at: number): void {
  active = at;
  for (const [i, line] of [...list.children].entries()) line.setAttribute('aria-selected', String(i === at));
  if (at < 0) input.removeAttribute('aria-activedescendant');
  else input.setAttribute('aria-activedescendant', `result-${at}`);
}

function show(yes: boolean): void {
  list.hidden = !yes;
  input.setAttribute('aria-expanded', String(yes));
}

input.addEventListener('input', () => void find());
input.addEventListener('focus', () => {
  index ??= load();
  index.catch(() => (index = undefined));
});
input.addEventListener('keydown', (event) => {
  const count = list.hidden ? 0 : list.children.length;
  if (event.key === 'Escape') show(false);
  if (count === 0) return;
  if (event.key === 'ArrowDown') activate((active + 1) % count);
  else if (event.key === 'ArrowUp') activate((active - 1 + count) % count);
  else if (event.key === 'Enter') (list.children[active] as HTMLElement | undefined)?.click();
  else return;
  event.preventDefault();
});
// A click must not take the focus away, which would close the list before it counts.
list.addEventListener('mousedown', (event) => event.preventDefault());
place.addEventListener('focusout', ({ relatedTarget }) => {
  if (!place.contains(relatedTarget as Node | null)) show(false);
});
addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.target !== document.body) return;
  event.preventDefault();
  input.focus();
});
