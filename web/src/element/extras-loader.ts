// Loads what most visits do not need at first.

import type { ShowPicture } from '../ui/file-view';
import { styleExtras } from './look';
import { type Extras, theSource } from './source';

/** Gives it, with its style. Rejects if it cannot be loaded; the next call tries again. */
export async function loadExtras(): Promise<Extras> {
  const extras = await theSource().extras();
  styleExtras(extras.sheet);
  return extras;
}

/** Shows a picture when what shows pictures is there. */
export const showPicture: ShowPicture = async (frame, media, texts) => {
  const extras = await loadExtras().catch((error: unknown) => {
    throw new Error(texts.error(error)());
  });
  await extras.showPicture(frame, media, texts);
};
