// Rows as bars: one for each contender, with the spread as a line on it.

import { told } from '../units.mjs';
import { capital, colour, element, picture, text } from './svg.mjs';

const width = 800;
const margin = 20;
const left = 205; // where bars begin
const longest = 400;
const [head, step, gap] = [24, 20, 18];

/** Draws the rows, one below the other. */
export function bars(rows) {
  const parts = [];
  let y = margin;
  for (const row of rows) {
    const { title, unit, more, contenders } = row;
    const names = Object.keys(contenders);
    const most = Math.max(...Object.values(contenders).map(({ high }) => high));
    parts.push(text(margin, y + 12, `${capital(title)} (${unit})${more ? ': longer is better' : ''}`, { as: 'title' }));
    y += head;
    for (const name of names) {
      parts.push(...bar(name, contenders[name], { y, unit, most, as: colour(name, names) }));
      y += step;
    }
    y += gap;
  }
  const told = rows.map(({ name, contenders, unit }) => `${name}: ${said(contenders, unit)}`).join('. ');
  return picture(
    width,
    y - gap + margin,
    'Parley beside what people would use instead',
    `Medians, shorter is better where nothing else is said. ${told}.`,
    parts,
  );
}

function bar(name, { median, low, high }, { y, unit, most, as }) {
  const x = (value) => left + (value / most) * longest;
  const middle = y + step / 2;
  return [
    text(left - 10, middle + 4, name, { anchor: 'end' }),
    element('rect', { class: `bar ${as}`.trim(), x: left, y: y + 3, width: Math.max(1, x(median) - left), height: step - 6, rx: 2 }),
    element('path', { class: 'spread', d: `M${x(low).toFixed(1)} ${middle}H${x(high).toFixed(1)}` }),
    text(left + longest + 60, middle + 4, told(median, unit), { anchor: 'end' }),
    text(width - margin, middle + 4, `${told(low, unit)} – ${told(high, unit)}`, { anchor: 'end', as: 'soft' }),
  ];
}

const said = (contenders, unit) =>
  Object.entries(contenders)
    .map(([name, { median }]) => `${name} ${told(median, unit)} ${unit}`)
    .join(', ');
