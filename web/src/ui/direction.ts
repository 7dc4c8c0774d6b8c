// Text of strangers inside our own sentences, which are English and run from left to right.

// Letters that run from right to left, and the characters that steer direction.
const steers =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/** A name or another text for use in a sentence: where its direction could move the words around it, it is shut off from them. */
export function isolate(text: string): string {
  return steers.test(text) ? `\u2068${text}\u2069` : text;
}
