// What becomes of a text that somebody is writing.

// All but blanks, controls, and what Unicode lets fonts leave out; the server refuses a message without such a character.
const visible = /[^\p{Z}\p{Cc}\p{DI}\u2800]/u;

/** Whether a draft shows nothing, and so cannot be sent. Others are sent as they were typed. */
export function showsNothing(draft: string): boolean {
  return !visible.test(draft);
}

/** From so many characters before the limit on, writers are told how many are left. */
const nearly = 200;

/** How many characters of a message are left, if few are; a negative number are too many. */
export function charactersLeft(draft: string, most: number): number | undefined {
  if (draft.length < most - nearly) return undefined;
  const left = most - [...draft].length; // the server counts code points
  return left < nearly ? left : undefined;
}
