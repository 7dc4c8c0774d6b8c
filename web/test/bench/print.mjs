// Tables of what was measured, for people at a terminal.

import { told } from './units.mjs';

export function print({ name, title, rounds, seconds, unit, axis, load, points, contenders, ratios }) {
  const loads = load.map((one) => one.toFixed(1)).join(' to ');
  console.log(`\n${name}: ${title} (${unit}); medians of ${rounds} rounds, and the spread; ${seconds} s, load ${loads}\n`);
  if (points)
    return table(
      points.flatMap(({ at, contenders }) => lines(contenders, unit).map((line) => [`${at.toLocaleString('en')} ${axis}`, ...line])),
    );
  table([...lines(contenders, unit), ...ratios.map((one) => [`${one.of} / ${one.to}`, told(one.median), spread(one)])]);
}

const lines = (contenders, unit) => Object.entries(contenders).map(([name, one]) => [name, told(one.median, unit), spread(one, unit)]);
const spread = ({ low, high }, unit) => `${told(low, unit)} - ${told(high, unit)}`;

function table(lines) {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const padded = (cell, column) => (/^\d/.test(cell) && column > 0 ? cell.padStart(widths[column]) : cell.padEnd(widths[column]));
  for (const line of lines) console.log(`  ${line.map(padded).join('   ').trimEnd()}`);
}
