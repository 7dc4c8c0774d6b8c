// A picture over the whole page: as large as fits, or pixel by pixel. It is a dialog, which keeps the focus and gives it back.

import { element, saying } from './element';
import { icon } from './icons';
import type { Words } from './words';

/** Shows a picture; `beside` is what the visitor has pressed. */
export function enlarge(picture: Blob, name: string, beside: HTMLElement, words: Words): void {
  const address = URL.createObjectURL(picture);
  const label = () => words.say('picture', { name });
  const dialog = element('dialog', {
    class: 'lightbox',
    part: 'lightbox',
    'aria-label': label,
    'data-testid': 'lightbox',
  }) as HTMLDialogElement;
  const image = element('img', { src: address, alt: name });
  const place = element('div', { class: 'lightbox-place', tabindex: '0', role: 'group', 'aria-label': label }, image);
  const zoom = act('button', 'zoom', () => words.say('picture.zoom'));
  const save = act('a', 'download', () => words.say('file.save', { name }));
  const close = act('button', 'close', () => words.say('picture.close'));
  save.setAttribute('href', address);
  save.setAttribute('download', name);
  zoom.setAttribute('aria-pressed', 'false');
  const turn = () => zoom.setAttribute('aria-pressed', String(place.classList.toggle('whole')));
  zoom.addEventListener('click', turn);
  image.addEventListener('click', turn);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('keydown', (event) => {
    event.stopPropagation(); // Escape is not for the page, nor for what is behind
    if (event.key === 'Escape') dialog.close();
  });
  dialog.addEventListener('close', () => {
    dialog.remove();
    URL.revokeObjectURL(address);
    if (beside.isConnected) beside.focus();
  });
  dialog.append(element('div', { class: 'lightbox-acts' }, element('bdi', { class: 'lightbox-name' }, name), zoom, save, close), place);
  // Where the window's own language and direction hold.
  (beside.closest('.theme') ?? document.body).append(dialog);
  dialog.showModal();
  close.focus();
}

function act(tag: 'button' | 'a', shape: 'zoom' | 'download' | 'close', label: () => string): HTMLElement {
  const made = element(
    tag,
    { class: 'button plain icon', 'data-testid': `lightbox-${shape}`, ...(tag === 'button' && { type: 'button' }) },
    icon(shape),
  );
  for (const name of ['aria-label', 'title']) saying(made, label, (said) => made.setAttribute(name, said));
  return made;
}
