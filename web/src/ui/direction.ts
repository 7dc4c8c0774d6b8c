// Text of strangers inside our own sentences.

// Letters that run from right to left, and the characters that steer direction.
const steers =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]|[\u{10800}-\u{10fff}]|[\u{1e800}-\u{1efff}]/u;

/**
 * A name or another text for use in a sentence: where its direction could move the words around it, it is shut off from them.
 * In a sentence that runs from right to left every one is.
 */
export function isolate(text: string, rightToLeft = false): string {
  return rightToLeft || steers.test(text) ? `\u2068${closed(text)}\u2069` : text;
}

// Closes the isolates that the text leaves open, which would take the closing sign behind it for their own, and drops signs that
// close none, which would close the one around it.
function closed(text: string): string {
  let open = 0;
  const kept = text.replace(/[\u2066-\u2069]/g, (sign) => {
    open += sign < '\u2069' ? 1 : -1;
    if (open >= 0) return sign;
    open = 0;
    return '';
  });
  return kept + '\u2069'.repeat(open);
}
