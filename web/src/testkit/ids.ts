// Ids that look as the server's and are the same in each run.

const signs = 'abcdefghijklmnopqrstuvwxyz234567';

export class Ids {
  /** `state` is the seed, and later what the next id follows from. */
  constructor(public state: number) {}

  /** An id: 26 lower-case letters and digits, unless another length is asked for. */
  next(length = 26): string {
    let id = '';
    while (id.length < length) id += signs[this.random() & 31]!;
    return id;
  }

  // mulberry32
  private random(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  }
}

const ticketDigits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const mask = (1n << 40n) - 1n;

/** The number of a ticket for people, such as K7QF-2M9X, made as the server makes it of a position. */
export function ticketNumber(seq: number): string {
  const odd = 0x9e3779b97fn;
  let n = (BigInt(seq) * odd) & mask;
  n ^= n >> 20n;
  n = (n * odd) & mask;
  let number = '';
  for (let shift = 35n; shift >= 0n; shift -= 5n) {
    if (number.length === 4) number += '-';
    number += ticketDigits[Number((n >> shift) & 31n)];
  }
  return number;
}
