// Tables of Markdown.

import { told } from '../units.mjs';

const spread = ({ low, high }, unit) => `${told(low, unit)} to ${told(high, unit)}`;

/** A line for each contender of each row; each of our ways has a column for what it is of the others. */
export function table(rows) {
  const ways = [...new Set(rows.flatMap(({ ratios }) => ratios.map(({ of }) => of)))].filter((of) => of.startsWith('parley'));
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const lines = rows.flatMap(({ name, title, unit, contenders, ratios }) =>
    Object.entries(contenders).map(([to, one], i) => {
      const shares = ways.map((way) => ratios.find((ratio) => ratio.of === way && ratio.to === to));
      const cells = shares.map((share) => (share ? `**${told(share.median)}** (${spread(share)})` : ''));
      return line([i ? '' : `\`${name}\`: ${title} (${unit})`, to, told(one.median, unit), spread(one, unit), ...cells]);
    }),
  );
  return [
    line(['row', 'of', 'median', 'spread', ...ways.map((way) => `${way} / it`)]),
    line(Array(4 + ways.length).fill('---')),
    ...lines,
  ].join('\n');
}

/** A table for each curve. */
export const curveTables = (curves) => curves.map(curveTable).join('\n\n');

function curveTable({ name, title, unit, axis, points }) {
  const names = Object.keys(points[0].contenders);
  const lines = points.map(({ at, contenders }) => {
    const cells = names.map((one) => `${told(contenders[one].median, unit)} (${spread(contenders[one], unit)})`);
    return `| ${[at.toLocaleString('en'), ...cells].join(' | ')} |`;
  });
  return [
    `\`${name}\`: ${title} (${unit})`,
    '',
    `| ${[axis, ...names].join(' | ')} |`,
    `|${'---|'.repeat(names.length + 1)}`,
    ...lines,
  ].join('\n');
}
