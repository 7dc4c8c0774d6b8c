// The picture of an agent, which visitors and colleagues see beside the name.

import { ask, send } from '../../ui/api';
import { Told } from '../texts';

export interface Portrayed {
  id: string;
  name: string;
  nickname: string;
  picture?: string;
}

/** In pixels: a square of this side is sharp in all sizes in which it is shown. */
const side = 128;
const quality = 0.9;

const path = (id: string) => `/agents/${encodeURIComponent(id)}`;

export async function portrayed(id: string): Promise<Portrayed> {
  return (await ask<{ agent: Portrayed }>(path(id))).agent;
}

/** Makes a file somebody's picture: the square in its middle, small, and without what a camera has written into it. */
export async function setPortrait(id: string, file: Blob): Promise<Portrayed> {
  const picture = await squareOf(file);
  return (await send<{ agent: Portrayed }>('PUT', `${path(id)}/picture`, { picture })).agent;
}

export async function removePortrait(id: string): Promise<Portrayed> {
  return (await send<{ agent: Portrayed }>('DELETE', `${path(id)}/picture`)).agent;
}

/** Gives a JPEG in base64. */
async function squareOf(file: Blob): Promise<string> {
  const source = await createImageBitmap(file).catch(() => {
    throw new Told('file.noPicture');
  });
  const from = Math.min(source.width, source.height);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const to = canvas.getContext('2d')!;
  to.fillStyle = '#fff'; // a JPEG has nothing to see through
  to.fillRect(0, 0, side, side);
  to.imageSmoothingQuality = 'high';
  to.drawImage(source, (source.width - from) / 2, (source.height - from) / 2, from, from, 0, 0, side, side);
  source.close();
  return canvas.toDataURL('image/jpeg', quality).split(',')[1]!;
}
