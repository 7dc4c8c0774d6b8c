// What somebody else has changed while a form was filled in.

/** A part of a form in words: its name, and what it is. */
export type Line = readonly [name: string, text: string];

/** The lines that are new or others, and those that are gone, which have no text. */
export function changesBetween(before: readonly Line[], after: readonly Line[]): [name: string, text: string | undefined][] {
  const count = (lines: readonly Line[], [name, text]: Line) => lines.filter(([n, t]) => n === name && t === text).length;
  const others = after.filter((line, at) => count(after.slice(0, at + 1), line) > count(before, line));
  const gone = before.filter(([name]) => !after.some(([other]) => other === name));
  return [...others.map(([name, text]): [string, string] => [name, text]), ...gone.map(([name]): [string, undefined] => [name, undefined])];
}
