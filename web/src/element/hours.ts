// Opening hours, as schema.org writes them (`openingHours`): days and a span of the clock, `Mo-Fr 09:00-17:00; Sa 10:00-14:00`.

const weekdays = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const minute = 60_000;
const day = 24 * 60 * minute;

/** In milliseconds from the midnight with which its day begins; the end is past the next one where hours go on over midnight. */
interface Span {
  start: number;
  end: number;
}

/** A day whose hours are not those of its weekday. */
export interface Holiday {
  /** Such as `2026-12-24`. */
  date: string;
  /** Such as `10:00-14:00; 16:00-18:00`. Defaults to none. */
  hours?: string;
}

export class Hours {
  /** Of each weekday, from Monday on. */
  private readonly week: Span[][] = weekdays.map(() => []);
  private readonly holidays: Map<string, Span[]>;
  private readonly clock: Intl.DateTimeFormat;

  /** Throws a RangeError that says what is wrong with them, or with the IANA name of their time zone. */
  constructor(text: string, zone: string, holidays: readonly Holiday[] = []) {
    for (const part of partsOf(text)) {
      const [, named = '', span = ''] = /^([A-Za-z,\s-]+?)\s+(\d.*)$/.exec(part) ?? [];
      for (const at of weekdaysOf(named, part)) this.week[at]!.push(spanOf(span, part));
    }
    if (this.week.flat().length === 0) throw new RangeError('hours: there must be days and times, such as Mo-Fr 09:00-17:00');
    this.holidays = new Map(holidays.map(({ date, hours = '' }) => [date, partsOf(hours).map((part) => spanOf(part, part))]));
    this.clock = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      hourCycle: 'h23',
    });
  }

  /** When it opens next, in unix milliseconds; undefined while it is open. Hours belong to the day on which they begin. */
  opensAfter(now: number): number | undefined {
    const today = Math.floor(this.wall(now) / day) * day;
    // Holidays may take every day that has hours, week after week.
    for (let midnight = today - day; midnight <= today + 7 * day * (this.holidays.size + 1); midnight += day) {
      const ahead: number[] = [];
      for (const { start, end } of this.spansOn(midnight)) {
        const opens = this.at(midnight + start);
        if (opens > now) ahead.push(opens);
        else if (now < this.at(midnight + end)) return undefined;
      }
      if (ahead.length > 0) return Math.min(...ahead);
    }
    return undefined;
  }

  private spansOn(midnight: number): Span[] {
    const date = new Date(midnight).toISOString().slice(0, 10);
    return this.holidays.get(date) ?? this.week[(midnight / day + 3) % 7]!; // 1970 began on a Thursday
  }

  /** What the zone's clock shows, as if it were that of UTC. */
  private wall(time: number): number {
    const parts = Object.fromEntries(this.clock.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute);
  }

  /** When it shows that. */
  private at(wall: number): number {
    const guess = wall + wall - this.wall(wall);
    return guess + wall - this.wall(guess); // the clocks may be changed between the two
  }
}

const partsOf = (text: string) =>
  text
    .split(';')
    .map((part) => part.trim())
    .filter(Boolean);

const wrong = (part: string) => new RangeError(`hours: ${JSON.stringify(part)} must be days and times, such as Mo-Fr 09:00-17:00`);

function weekdaysOf(named: string, part: string): number[] {
  return named.split(',').flatMap((range) => {
    const [first = '', last = first] = range.split('-').map((name) => name.trim());
    const [begin, stop] = [weekdays.indexOf(first), weekdays.indexOf(last)];
    if (begin < 0 || stop < 0) throw wrong(part);
    return Array.from({ length: ((stop - begin + 7) % 7) + 1 }, (_, more) => (begin + more) % 7);
  });
}

function spanOf(text: string, part: string): Span {
  const [start, end] = text.split('-').map((time) => {
    const [, hour, minutes] = /^\s*(\d\d?):([0-5]\d)\s*$/.exec(time) ?? [];
    const after = (Number(hour) * 60 + Number(minutes)) * minute;
    if (!(after <= day)) throw wrong(part);
    return after;
  });
  if (start === undefined || end === undefined) throw wrong(part);
  return { start, end: end > start ? end : end + day };
}
