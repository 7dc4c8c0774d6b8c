// The elements of the page, by their ids.

/** The element with this id. */
export function find<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

/** Runs `act` when the element with this id is clicked. */
export function on(id: string, act: () => void): void {
  find(id).addEventListener('click', act);
}
