// Making elements without HTML strings, with texts that can be said again when the language is another one.

/** A text; or what gives it, in the language of the moment. */
export type Saying = string | (() => string);

/** How to say the texts of an element again. */
const sayings = new WeakMap<Element, (() => void)[]>();

/** Makes an element with attributes and children; strings become text. What a function gives is said again by `sayAgain`. */
export function element(tag: string, attributes: Record<string, Saying>, ...children: (Node | Saying)[]): HTMLElement {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) saying(made, value, (text) => made.setAttribute(name, text));
  for (const child of children) {
    if (typeof child !== 'function') made.append(child);
    else {
      const text = made.appendChild(document.createTextNode(''));
      saying(made, child, (said) => (text.data = said));
    }
  }
  return made;
}

/** Writes a text into an element, now and whenever it is to be said again. */
export function saying(into: Element, text: Saying, write: (said: string) => void): void {
  if (typeof text === 'string') return write(text);
  const say = () => write(text());
  say();
  const others = sayings.get(into);
  if (others) others.push(say);
  else sayings.set(into, [say]);
}

/** Says all texts below a root again. */
export function sayAgain(root: ParentNode): void {
  for (const one of root.querySelectorAll('*')) for (const say of sayings.get(one) ?? []) say();
}
