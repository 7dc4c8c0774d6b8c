// Text of strangers inside our own sentences.

// Letters that run from right to left, and the characters that steer direction.
const steers =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/**
 * A name or another text for use in a sentence: where its direction could move the words around it, it is shut off from them.
 * In a sentence that runs from right to left every one is.
 */
export function isolate(text: string, rightToLeft = false): string {
  return rightToLeft || steers.test(text) ? `\u2068${text}\u2069` : text;
}
