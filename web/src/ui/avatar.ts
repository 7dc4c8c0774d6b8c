// The picture beside somebody's name; initials where there is none. Screen readers leave it out: the name says the same.

import { addressOf } from './api';
import { element } from './element';

export interface Pictured {
  id: string;
  name: () => string;
  /** The path of the picture below the server's API. */
  picture?: string | undefined;
}

/** How many colours the style sheet has. */
const colours = 8;

/** Makes it. A picture that a page forbids, or that cannot be loaded, leaves the initials. */
export function avatar({ id, name, picture }: Pictured): HTMLElement {
  const place = element('span', { class: 'avatar', 'aria-hidden': 'true', 'data-colour': String(colourOf(id)), 'data-testid': 'avatar' });
  place.append(element('bdi', {}, () => initials(name())));
  if (picture) {
    const image = element('img', { alt: '' }) as HTMLImageElement;
    image.onload = () => place.append(image);
    image.src = addressOf(picture);
  }
  return place;
}

/** A number that follows from an id. */
function colourOf(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)!) % 65_521;
  return sum % colours;
}

const steering = /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]/g;

/**
 * The first letter of a name, and that of its last word where both are of a script with large letters: in others two would be read as
 * a word, or join. A letter is what readers take for one (UAX #29).
 */
export function initials(name: string): string {
  const words = name.replace(steering, '').split(/\s+/).filter(Boolean);
  const [first = '', last = ''] = [words[0], words.at(-1)].map((word) => (word ? letterOf(word) : ''));
  const two = words.length > 1 && isLarge(first) && isLarge(last);
  return two ? first + last : first;
}

const isLarge = (letter: string) => letter !== letter.toLowerCase();

function letterOf(word: string): string {
  const begin = /[\p{L}\p{N}].*/u.exec(word)?.[0] ?? word; // without the bracket or quotation mark before it
  // Firefox has no Segmenter before 125.
  const [letter] = 'Segmenter' in Intl ? Array.from(new Intl.Segmenter().segment(begin), ({ segment }) => segment) : begin;
  return letter!.toUpperCase();
}
