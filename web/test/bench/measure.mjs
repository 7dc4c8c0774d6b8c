// Samples of a row: in each round one of every contender.

import { ratio, summary } from './statistics.mjs';

/** Measures a row. Rows that open the same contenders share them. */
export async function measure({ name, title, unit, more, open, measure, ratios = [] }, bench, rounds) {
  if (!bench.opened.has(open)) bench.opened.set(open, await open(bench));
  return { name, title, unit, more, ...(await sampled(bench.opened.get(open), measure, rounds, pairs(ratios, bench.builds))) };
}

/** Measures a curve: opens its contenders at each point. */
export async function measureCurve({ name, title, unit, axis, points, open, measure }, bench, rounds) {
  const found = [];
  for (const at of points) {
    const contenders = await open(bench, at);
    try {
      found.push({ at, ...(await sampled(contenders, measure, rounds, pairs([], bench.builds))) });
    } finally {
      for (const { context } of contenders) await context.close();
    }
  }
  return { name, title, unit, axis, points: found };
}

async function sampled(contenders, measure, rounds, pairs) {
  const samples = Object.fromEntries(contenders.map(({ title }) => [title, []]));
  // The first round warms up, and each of the others begins with another contender.
  for (let round = 0; round <= rounds; round++) {
    const turn = round % contenders.length;
    for (const contender of [...contenders.slice(turn), ...contenders.slice(0, turn)]) {
      await contender.page?.bringToFront();
      const sample = await measure(contender);
      if (round > 0) samples[contender.title].push(sample);
    }
  }
  return {
    contenders: Object.fromEntries(Object.entries(samples).map(([title, list]) => [title, summary(list)])),
    ratios: pairs.map(([of, to]) => ({ of, to, ...ratio(samples[of], samples[to]) })),
  };
}

// What is set against what: what the row says of `parley` holds for our other ways too, and each is set against the first
// and an older build.
function pairs(ratios, [first, ...others]) {
  const ways = others.filter(({ older }) => !older);
  return [
    ...ratios,
    ...ways.flatMap(({ title }) => ratios.filter(([of]) => of === first.title).map(([, to]) => [title, to])),
    ...ways.map(({ title }) => [title, first.title]),
    ...others.filter(({ older }) => older).map(({ title }) => [first.title, title]),
  ];
}
