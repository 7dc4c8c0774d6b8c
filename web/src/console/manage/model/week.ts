// Opening hours as a week of spans, and as the server has them: `Mo-Fr 09:00-17:00; Sa 10:00-14:00`.

const days = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];

/** Of the clock, such as `09:00`. One that ends before it begins goes on past midnight. */
export interface Span {
  from: string;
  until: string;
}

/** The spans of each day, from Monday on. */
export type Week = Span[][];

/** Reads what the server has; it takes no other. */
export function weekOf(hours: string): Week {
  const week: Week = days.map(() => []);
  for (const part of hours.split(';')) {
    const [, named = '', from = '', until = ''] = /^\s*(.+?)\s+(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*$/.exec(part) ?? [];
    for (const range of named.split(',').filter(Boolean)) {
      const [first = '', last = first] = range.split('-').map((day) => day.trim());
      const [begin, end] = [days.indexOf(first), days.indexOf(last)];
      for (let more = 0; more <= (end - begin + 7) % 7; more++) week[(begin + more) % 7]!.push({ from: clock(from), until: clock(until) });
    }
  }
  return week;
}

/** Reads the spans of one day: `10:00-14:00; 16:00-18:00`. */
export function spansOf(hours: string): Span[] {
  return Array.from(hours.matchAll(/(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)/g), ([, from = '', until = '']) => ({
    from: clock(from),
    until: clock(until),
  }));
}

/** Says the spans of one day; '' without any. */
export const sayHours = (spans: readonly Span[]): string => spans.map(({ from, until }) => `${from}-${until}`).join('; ');

/** Says a week as the server has it; '' without any span. Days with the same span are one part, those that follow one another a range. */
export function hoursOf(week: Week): string {
  const parts = new Map<string, number[]>();
  for (const [day, spans] of week.entries()) {
    for (const { from, until } of spans) {
      const span = `${from}-${until}`;
      parts.set(span, [...new Set([...(parts.get(span) ?? []), day])]);
    }
  }
  return [...parts].map(([span, on]) => `${ranges(on)} ${span}`).join('; ');
}

function ranges(on: number[]): string {
  const said: string[] = [];
  for (let at = 0; at < on.length; ) {
    let last = at;
    while (on[last + 1] === on[last]! + 1) last++;
    said.push(last === at ? days[on[at]!]! : `${days[on[at]!]}-${days[on[last]!]}`);
    at = last + 1;
  }
  return said.join(',');
}

/** As an input of type time has it, which knows no 24:00. */
const clock = (time: string) => (time === '24:00' ? '00:00' : time.padStart(5, '0'));
