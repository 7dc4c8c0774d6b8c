// A file in a conversation: a picture, or a row with its name and size. Both can be saved; neither is ever opened.

import type { Media } from '../../index';
import { element } from './element';
import { isPicture } from './files';
import { sizeText } from './format';
import { icf } from './icf';
import { icon } from './icons';
import type { showPicture } from './picture';
import type { Words } from './words';

/** Fetches a picture and shows it in its place. Rejects with a message for the user. */
export type ShowPicture = typeof showPicture;

/**
 * Makes the content of a bubble, in which `show` shows a picture; it takes the same room while the file cannot be fetched yet (`waits`). SVG and
 * HTML are rows, since a browser could run them.
 */
export function fileView(media: Media, words: Words, show: ShowPicture, waits = false): Node {
  const view = document.createDocumentFragment();
  const row = fileRow(media.name, media.size, words);
  const problem = element('span', { class: 'file-problem', role: 'alert' });
  const label = () => words.say('file.save', { name: media.name });
  const save = element(
    'button',
    { class: 'button plain icon', type: 'button', 'data-testid': 'media-save', 'aria-label': label, title: label },
    icon('download'),
  );
  save.toggleAttribute('disabled', waits);
  save.addEventListener('click', () => {
    problem.textContent = '';
    icf.Helper.downloadMedia(media).catch((error: unknown) => (problem.textContent = words.error(error)()));
  });
  row.append(save);
  if (isPicture(media)) view.append(picture(media, problem, words, show, waits));
  view.append(row, problem);
  return view;
}

/** The row of a file: shape, name, size in bytes. */
export function fileRow(name: string, size: number, words: Words): HTMLElement {
  return element(
    'span',
    { class: 'file', 'data-testid': 'media' },
    icon('file'),
    element(
      'span',
      { class: 'file-name' },
      element('bdi', {}, name),
      element('small', {}, () => sizeText(size, words.locale)),
    ),
  );
}

/** Makes the picture's place, which has its size from the first; the picture is fetched when it comes near the screen. */
function picture(media: Media, problem: HTMLElement, words: Words, show: ShowPicture, waits: boolean): HTMLElement {
  const label = () => words.say('picture.open', { name: media.name });
  const frame = element('button', { class: 'picture', type: 'button', disabled: '', 'aria-label': label, 'data-testid': 'picture' });
  const near = new IntersectionObserver(
    async ([entry]) => {
      if (!entry!.isIntersecting) return;
      near.disconnect();
      try {
        await show(frame, media, words);
      } catch (error) {
        frame.remove();
        // Only some browsers show these pictures of phones; elsewhere they are files like others.
        if (!/hei[cf]$/.test(media.type)) problem.textContent = (error as Error).message;
      }
    },
    { rootMargin: '400px' },
  );
  if (!waits) near.observe(frame);
  return frame;
}
