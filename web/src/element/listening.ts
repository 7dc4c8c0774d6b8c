// Listeners that end with a signal, as those of the DOM do.

interface Speaker {
  on(event: never, listener: never): unknown;
  off(event: never, listener: never): unknown;
}

/** Gives `to` with an `on` that adds listeners until `end`. */
export function listening<To extends Speaker>(to: To, end: AbortSignal): Pick<To, 'on'> {
  const added = {
    on(event: never, listener: never) {
      to.on(event, listener);
      end.addEventListener('abort', () => to.off(event, listener));
      return added;
    },
  };
  return added as unknown as Pick<To, 'on'>;
}
