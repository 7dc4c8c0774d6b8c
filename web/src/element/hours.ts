// Opening hours, as schema.org writes them (`openingHours`): days and a span of the clock, `Mo-Fr 09:00-17:00; Sa 10:00-14:00`.

const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const day = 24 * 60;
const week = 7 * day;

/** In minutes of the week, which begins on Monday; the end is past that of the week where hours go on over midnight. */
interface Span {
  start: number;
  end: number;
}

export class Hours {
  private readonly spans: Span[];
  private readonly clock: Intl.DateTimeFormat;

  /** Throws a RangeError that says what is wrong with them, or with the IANA name of their time zone. */
  constructor(text: string, zone: string) {
    this.spans = text
      .split(';')
      .map((part) => part.trim())
      .filter(Boolean)
      .flatMap(spansOf);
    if (this.spans.length === 0) throw new RangeError('hours: there must be days and times, such as Mo-Fr 09:00-17:00');
    this.clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  }

  /** When it opens next, in unix milliseconds; undefined while it is open. */
  opensAfter(now: number): number | undefined {
    const minute = this.minute(now);
    if (this.spans.some(({ start, end }) => (minute >= start && minute < end) || minute + week < end)) return undefined;
    const ahead = Math.min(...this.spans.map(({ start }) => (start - minute + week) % week || week));
    const then = Math.floor(now / 60_000) * 60_000 + ahead * 60_000;
    // Where the clocks are changed on the way, it is not that many minutes.
    const off = ((minute + ahead) % week) - this.minute(then);
    return then + (off > week / 2 ? off - week : off < -week / 2 ? off + week : off) * 60_000;
  }

  /** The minute of the week in the zone. */
  private minute(time: number): number {
    const parts = Object.fromEntries(this.clock.formatToParts(time).map(({ type, value }) => [type, value]));
    const { weekday = '', hour, minute } = parts;
    return days.findIndex((one) => weekday.startsWith(one)) * day + Number(hour) * 60 + Number(minute);
  }
}

function spansOf(part: string): Span[] {
  const wrong = () => new RangeError(`hours: ${JSON.stringify(part)} must be days and times, such as Mo-Fr 09:00-17:00`);
  const [, named, from, until] = /^([A-Za-z,\s-]+?)\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)$/.exec(part) ?? [];
  if (!named) throw wrong();
  const minutes = (text: string) => {
    const [hour = 0, minute = 0] = text.split(':').map(Number);
    if (hour * 60 + minute > day || minute > 59) throw wrong();
    return hour * 60 + minute;
  };
  const start = minutes(from!);
  const end = minutes(until!);
  return named.split(',').flatMap((range) => {
    const [first = '', last = first] = range.split('-').map((name) => name.trim());
    const [begin, stop] = [days.indexOf(first), days.indexOf(last)];
    if (begin < 0 || stop < 0) throw wrong();
    const count = ((stop - begin + 7) % 7) + 1;
    return Array.from({ length: count }, (_, more) => {
      const midnight = ((begin + more) % 7) * day;
      return { start: midnight + start, end: midnight + (end > start ? end : end + day) };
    });
  });
}
