// A picture in a conversation, in the place that file-view.ts makes for it.

import type { Media } from '../../index';
import { fetchBlob } from './api';
import { element } from './element';
import { enlarge } from './lightbox';
import { pixelsOf } from './picture-size';
import type { Words } from './words';

/** A browser needs four bytes for each pixel that it shows. */
const mostPixels = 64_000_000;

/** Fetches a picture and shows it in its place, where a click enlarges it. Rejects with a message for the user. */
export async function showPicture(frame: HTMLElement, media: Media, words: Words): Promise<void> {
  const { name } = media;
  const blob = await fetchBlob(media.url).catch((error: unknown) => {
    throw new Error(words.error(error)());
  });
  frame.append(await loaded(blob, name, words));
  frame.removeAttribute('disabled');
  frame.addEventListener('click', () => enlarge(blob, name, frame, words));
}

async function loaded(picture: Blob, alt: string, words: Words): Promise<HTMLElement> {
  const size = await pixelsOf(picture);
  if (size && size.width * size.height > mostPixels) throw new Error(words.say('picture.large', { ...size }));
  const address = URL.createObjectURL(picture);
  const image = element('img', { src: address, alt }) as HTMLImageElement;
  try {
    await image.decode();
    return image;
  } catch {
    throw new Error(words.say('file.noPicture'));
  } finally {
    URL.revokeObjectURL(address);
  }
}
