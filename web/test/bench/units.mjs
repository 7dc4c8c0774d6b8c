// Figures as people read them: three digits, without an exponent.

/** A figure; without a unit a ratio. */
export function told(value, unit) {
  if (!unit) return value.toFixed(2);
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  return value.toFixed(digits).replace(/\B(?=(\d{3})+$)/g, ',');
}
