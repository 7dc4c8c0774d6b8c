// The parts of the window, by their ids, which are the shadow root's own.

export type Root = DocumentFragment & DocumentOrShadowRoot;

/** The element with this id. */
export function find<T extends HTMLElement = HTMLElement>(root: Root, id: string): T {
  return root.getElementById(id) as T;
}
