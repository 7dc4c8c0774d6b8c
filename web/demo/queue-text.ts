// Queue positions and times as text.

/** A position in the queue, with the estimated wait in seconds. */
export function placeText(position: number, waitingTime: number): string {
  const place = position === 1 ? 'You are next in line' : `You are number ${position} in line`;
  return waitingTime > 0 ? `${place}, about ${spanText(waitingTime)}` : place;
}

/** A time in seconds, rounded up, since a wait should not be longer than announced. */
export function spanText(seconds: number): string {
  if (seconds < 50) return count(Math.max(10, Math.ceil(seconds / 10) * 10), 'second');
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? count(minutes, 'minute') : count(Math.ceil(minutes / 60), 'hour');
}

function count(number: number, unit: string): string {
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}
