// Keys of an input.

/**
 * Whether a key belongs to an input method, such as that for Japanese: its Enter takes a candidate and sends nothing. Safari
 * reports that Enter after the composition has ended, with key code 229 alone.
 */
export function composing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
