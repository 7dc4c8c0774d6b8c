// Curves as lines, two beside each other, both axes logarithmic.

import { told } from '../units.mjs';
import { capital, element, picture, text } from './svg.mjs';

const width = 800;
const margin = 20;
const key = { height: 34, step: 150 };
const cell = { width: 370, height: 240 };
const plot = { left: 48, top: 46, width: 306, height: 150 };

/** Draws the curves under a title. */
export function lines(curves, title) {
  const names = Object.keys(curves[0].points[0].contenders);
  const parts = names.flatMap((name, i) => {
    const x = margin + i * key.step;
    return [element('circle', { class: `dot ${colour(name, names)}`, cx: x + 4, cy: margin + 6, r: 4 }), text(x + 14, margin + 10, name)];
  });
  const place = (i) => [margin + (i % 2) * (cell.width + margin), margin + key.height + Math.floor(i / 2) * cell.height];
  parts.push(...curves.flatMap((curve, i) => one(curve, names, ...place(i))));
  const height = margin + key.height + Math.ceil(curves.length / 2) * cell.height;
  const told = curves.map((curve) => `${curve.title} in ${curve.unit}: ${said(curve)}`).join('. ');
  return picture(width, height, title, `Medians. ${told}.`, parts);
}

function one({ title, unit, points }, names, left, top) {
  const values = points.flatMap(({ contenders }) => Object.values(contenders).flatMap(({ low, high }) => [low, high]));
  const [from, to] = [floor(Math.min(...values)), ceil(Math.max(...values))];
  const [x0, y0] = [left + plot.left, top + plot.top + plot.height];
  const x = scale(points[0].at, points.at(-1).at, x0, plot.width);
  const y = scale(from, to, y0, -plot.height);
  const [begin, ...rest] = title.split(', ');
  const parts = [
    text(left, top + 12, `${capital(begin)} (${unit})`, { as: 'title' }),
    text(left, top + 29, rest.join(', '), { as: 'soft' }),
  ];
  for (const at of steps(from, to)) {
    parts.push(element('path', { class: 'line', d: `M${x0} ${y(at).toFixed(1)}h${plot.width}` }));
    parts.push(text(x0 - 10, y(at) + 4, at.toLocaleString('en'), { anchor: 'end', as: 'soft' }));
  }
  for (const { at } of points) parts.push(text(x(at), y0 + 18, short(at), { anchor: 'middle', as: 'soft' }));
  for (const name of names) parts.push(...curve(name, names, points, x, y));
  return parts;
}

// The medians of one contender, and the spread at each point.
function curve(name, names, points, x, y) {
  const as = colour(name, names);
  const found = points.map(({ at, contenders }) => ({ x: x(at), ...contenders[name] }));
  const spread = ({ x, low, high }) => `M${x.toFixed(1)} ${y(low).toFixed(1)}V${y(high).toFixed(1)}`;
  return [
    element('path', { class: `spread ${as}`, d: found.map(spread).join('') }),
    element('polyline', {
      class: `curve ${as}`,
      points: found.map(({ x, median }) => `${x.toFixed(1)},${y(median).toFixed(1)}`).join(' '),
    }),
    ...found.map(({ x, median }) => element('circle', { class: `dot ${as}`, cx: x, cy: y(median), r: 3 })),
  ];
}

// 1, 2 and 5 of each power of ten.
const marks = Array.from({ length: 30 }, (_, i) => Number(`${[1, 2, 5][i % 3]}e${Math.floor(i / 3) - 2}`));
const floor = (value) => marks.findLast((mark) => mark <= value) ?? marks[0];
const ceil = (value) => marks.find((mark) => mark > value);
const steps = (from, to) => marks.filter((mark) => mark >= from && mark <= to);

const colour = (name, names) => 'abc'[names.indexOf(name)] ?? '';
const scale = (from, to, begin, length) => (value) => begin + (Math.log(value / from) / Math.log(to / from)) * length;
const short = (value) => (value < 1000 ? String(value) : `${value / 1000}k`);

const said = ({ unit, axis, points }) =>
  points
    .map(
      ({ at, contenders }) =>
        `${at} ${axis} ${Object.entries(contenders)
          .map(([name, { median }]) => `${name} ${told(median, unit)}`)
          .join(', ')}`,
    )
    .join('; ');
