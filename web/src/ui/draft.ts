// What becomes of a text that somebody is writing.

// All but blanks, controls, and what Unicode lets fonts leave out; the server refuses a message without such a character.
const visible = /[^\p{Z}\p{Cc}\p{DI}\u2800]/u;

/** Gives what is sent of a draft: its text without the blanks around it; '' if it shows nothing. */
export function textToSend(draft: string): string {
  return visible.test(draft) ? draft.trim() : '';
}

/** From so many characters before the limit on, writers are told how many are left. */
const nearly = 200;

/** How many characters of a message are left, if few are; a negative number are too many. */
export function charactersLeft(draft: string, most: number): number | undefined {
  const text = draft.trim();
  if (text.length < most - nearly) return undefined;
  const left = most - [...text].length; // the server counts code points
  return left < nearly ? left : undefined;
}
