// Scroll anchoring for browsers that have none, such as Safari.

/**
 * Keeps what a reader who has scrolled up has in view in its place, while the lines of this log grow below or above
 * it. The log begins at its end (`column-reverse`). Browsers with scroll anchoring do this by themselves.
 */
export function keepPlace(log: HTMLElement, lines: HTMLElement): void {
  if (CSS.supports('overflow-anchor', 'auto')) return;
  let seen: Element | undefined;
  let place = 0;
  const placeOf = (one: Element) => one.getBoundingClientRect().top - log.getBoundingClientRect().top;
  const note = () => {
    const { left, top, width, height } = log.getBoundingClientRect();
    const middle = document.elementFromPoint(left + width / 2, top + height / 2);
    seen = log.scrollTop < 0 && lines.contains(middle) ? middle! : undefined;
    if (seen) place = placeOf(seen);
  };
  log.addEventListener('scroll', note, { passive: true });
  new ResizeObserver(() => {
    if (seen?.isConnected) log.scrollTop += placeOf(seen) - place;
    note();
  }).observe(lines);
}
