// Medians and spreads.

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const below = sorted[Math.floor(at)];
  return below + (sorted[Math.ceil(at)] - below) * (at % 1);
}

/** The median, and the lowest and highest of the samples. */
export const summary = (samples) => ({
  median: quantile(samples, 0.5),
  low: Math.min(...samples),
  high: Math.max(...samples),
  samples,
});

/** The same of the ratios of samples that were taken side by side, round by round: what the machine does else changes both. */
export const ratio = (of, to) => summary(of.map((sample, round) => sample / to[round]));
