// Medians and spreads.

export function quantile(values, q) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

/** The median, and the lowest and highest of the samples. */
export const summary = (samples) => ({ median: quantile(samples, 0.5), low: Math.min(...samples), high: Math.max(...samples), samples });

/** The same of the ratios of samples that were taken side by side, round by round: what the machine does else changes both. */
export const ratio = (of, to) => summary(of.map((sample, round) => sample / to[round]));
