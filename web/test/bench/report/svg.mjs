// An SVG that is read on a light and on a dark page, and by a screen reader: text stays text.

const escaped = (text) => String(text).replace(/[&<>"]/g, (one) => `&#${one.charCodeAt()};`);

/** Text at a place; `anchor` is start, middle or end. */
export const text = (x, y, said, { anchor = 'start', as = '' } = {}) =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${as && ` class="${as}"`}>${escaped(said)}</text>`;

/** Any other element. */
export function element(name, attributes) {
  const written = Object.entries(attributes).map(([key, value]) => `${key}="${typeof value === 'number' ? round(value) : escaped(value)}"`);
  return `<${name} ${written.join(' ')}/>`;
}

/** A title as it begins a line. */
export const capital = (title) => title[0].toUpperCase() + title.slice(1);

const round = (value) => Math.round(value * 10) / 10;

// Colours of which each has a contrast of 4.5 and more with its paper where it is text, 3 where it is a shape.
const style = `
  svg { --paper: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --a: #0969da; --b: #8250df; --c: #bc4c00; --other: #818b98 }
  @media (prefers-color-scheme: dark) {
    svg { --paper: #0d1117; --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --a: #4493f8; --b: #ab7df8; --c: #f0883e; --other: #7d8590 }
  }
  text { font: 12px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink) }
  .title { font-weight: 600; font-size: 13px } .soft { fill: var(--soft) }
  .paper { fill: var(--paper) } .line { stroke: var(--line); fill: none }
  .bar { fill: var(--other) } .spread { stroke: var(--ink); fill: none }
  .a { --own: var(--a) } .b { --own: var(--b) } .c { --own: var(--c) }
  .bar.a, .bar.b, .bar.c, .dot { fill: var(--own) } .spread.a, .spread.b, .spread.c { stroke: var(--own) } .curve { stroke: var(--own); stroke-width: 2; fill: none }
`;

/** The whole picture. */
export const picture = (width, height, title, description, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${round(height)}" width="${width}" height="${round(height)}" role="img" aria-labelledby="title description">
<title id="title">${escaped(title)}</title>
<desc id="description">${escaped(description)}</desc>
<style>${style}</style>
<rect class="paper" width="100%" height="100%" rx="6"/>
${parts.join('\n')}
</svg>
`;

/** The class of a contender's colour: our ways and builds have one each. */
export const colour = (name, names) => 'abc'[names.filter((one) => one.startsWith('parley')).indexOf(name)] ?? '';
