// A file on its way to the server: its name, how much of it the server has, and a button that gives it up.

import { element } from '../ui/element';
import { fileRow } from '../ui/file-view';
import { icon } from '../ui/icons';
import type { Texts } from './texts';

export interface Upload {
  readonly view: Node;
  /** The server has so much of it, in percent. */
  progress(percent: number): void;
}

/** Makes the content of a bubble. What has failed shows the name alone: see `fail` in bubble.ts. */
export function upload({ name, size }: File, cancel: () => void, texts: Texts): Upload {
  const label = () => texts.say('upload.cancel', { name });
  const button = element(
    'button',
    { class: 'button plain icon', type: 'button', part: 'cancel', 'data-testid': 'upload-cancel', 'aria-label': label, title: label },
    icon('close'),
  );
  button.addEventListener('click', cancel);
  const row = fileRow(name, size, texts);
  row.append(button);
  const progress = element('progress', {
    max: '100',
    value: '0',
    'aria-label': () => texts.say('tick.pending'),
    'data-testid': 'upload-progress',
  }) as HTMLProgressElement;
  const view = document.createDocumentFragment();
  view.append(row, progress);
  return { view, progress: (percent) => (progress.value = percent) };
}
