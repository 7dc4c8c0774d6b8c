// The opening hours, their time zone, days that have hours of their own, and what visitors do outside of them.

import { html } from 'lit';
import { say, texts } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { hoursOf, type Span, sayHours, spansOf, type Week, weekOf } from '../model/week';
import { replaceAt, SettingForm } from './setting-form';

interface Holiday {
  date: string;
  spans: Span[];
}

interface Value {
  week: Week;
  timeZone: string;
  holidays: Holiday[];
  away: string;
}

class HoursForm extends SettingForm<Value> {
  protected pick({ window: { hours, timeZone, holidays, away } }: ManagedSettings): Value {
    const days = holidays.map(({ date, hours = '' }) => ({ date, spans: spansOf(hours) }));
    return { week: weekOf(hours), timeZone, holidays: days.sort((a, b) => (a.date < b.date ? -1 : 1)), away };
  }

  protected change({ week, timeZone, holidays, away }: Value) {
    const days = holidays.map(({ date, spans }) => ({ date, ...(spans.length > 0 && { hours: sayHours(spans) }) }));
    return { window: { hours: hoursOf(week), timeZone, holidays: days, away } };
  }

  protected lines({ week, timeZone, holidays, away }: Value): Line[] {
    return [
      ...week.map((spans, at): Line => [dayName(at), saidSpans(spans) || closedText(week)]),
      [say('set.zone'), timeZone],
      ...holidays.map(({ date, spans }): Line => [dateName(date), saidSpans(spans) || say('set.closed')]),
      [say('set.away'), awayText(away)],
    ];
  }

  protected fields(value: Value) {
    return html`
      <p class="quiet">${say('set.hoursAbout')}</p>
      <div class="week">${value.week.map((spans, at) => this.weekday(spans, at, closedText(value.week)))}</div>
      ${this.field('window.timeZone', say('set.zone'), value.timeZone, (zone) => (value.timeZone = zone.trim()), { list: 'time-zones' })}
      <datalist id="time-zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value=${zone}></option>`)}</datalist>
      <h3>${say('set.holidays')}</h3>
      <div class="week">${value.holidays.map((_, at) => this.holiday(value.holidays, at))}</div>
      ${this.adder(
        'holiday',
        say('set.addHoliday'),
        () => value.holidays.push({ date: dayAfter(value.holidays), spans: [] }),
        () => `window.holidays.${value.holidays.length - 1}.date`,
      )}
      ${this.choice(
        'window.away',
        say('set.away'),
        value.away,
        ['chat', 'message'].map((away) => [away, awayText(away)]),
        (away) => (value.away = away),
      )}
    `;
  }

  private weekday(spans: Span[], at: number, closed: string) {
    const name = dayName(at);
    return html`<div class="day" role="group" aria-label=${name}><strong>${name}</strong> ${this.spans(`hours.${at}`, name, spans, closed)}</div>`;
  }

  private holiday(all: Holiday[], at: number) {
    const { date, spans } = all[at]!;
    const path = `window.holidays.${at}`;
    const name = dateName(date);
    return html`
      <div class="day holiday" role="group" aria-label=${name}>
        <div>${this.field(`${path}.date`, say('set.date'), date, (day) => replaceAt(all, at, { date: day }), { type: 'date' })}</div>
        ${this.spans(path, name, spans, say('set.closed'))}
        ${this.remover('holiday', name, () => all.splice(at, 1))}
      </div>
    `;
  }

  /** The hours of a day, and what adds more; `closed` says that there are none. */
  private spans(path: string, name: string, spans: Span[], closed: string) {
    const id = path.replaceAll('.', '-');
    return html`
      <div>
        ${spans.length === 0 ? html`<p class="quiet">${closed}</p>` : ''}
        ${spans.map(
          ({ from, until }, n) => html`<div class="span">
            ${this.field(`${path}.${n}.from`, say('set.from'), from, (time) => replaceAt(spans, n, { from: time }), { type: 'time' })}
            ${this.field(`${path}.${n}.until`, say('set.until'), until, (time) => replaceAt(spans, n, { until: time }), { type: 'time' })}
            ${this.remover(id, `${name} ${from}–${until}`, () => spans.splice(n, 1))}
          </div>`,
        )}
      </div>
      ${this.adder(
        id,
        say('set.addHours'),
        () => spans.push(spans.length === 0 ? { from: '09:00', until: '17:00' } : hourAfter(spans.at(-1)!.until)),
        () => `${path}.${spans.length - 1}.from`,
        `${say('set.addHours')}: ${name}`,
      )}
    `;
  }
}

const awayText = (away: string) => say(away === 'message' ? 'set.awayMessage' : 'set.awayChat');

/** What a day without hours is; nothing in a week without any, as that is always. */
const closedText = (week: Week) => (week.some((spans) => spans.length > 0) ? say('set.closed') : '');

const saidSpans = (spans: readonly Span[]) => spans.map(({ from, until }) => `${from}–${until}`).join(', ');

/** The day after the last of them; today without any. */
function dayAfter(holidays: readonly Holiday[]): string {
  const last = holidays.map(({ date }) => Date.parse(date)).filter((time) => time > 0);
  return new Date(last.length > 0 ? Math.max(...last) + 86_400_000 : Date.now()).toISOString().slice(0, 10);
}

/** A date in words; as it is while it is none. */
function dateName(date: string): string {
  const time = Date.parse(date);
  return Number.isNaN(time) ? date : new Intl.DateTimeFormat(texts.locale, { dateStyle: 'full', timeZone: 'UTC' }).format(time);
}

/** An hour that begins at a time. */
function hourAfter(from: string): Span {
  const [hour, minute] = from.split(':').map(Number);
  return { from, until: `${String(((hour ?? 0) + 1) % 24).padStart(2, '0')}:${String(minute ?? 0).padStart(2, '0')}` };
}

/** The name of a day of the week, from Monday on. */
function dayName(at: number): string {
  return new Intl.DateTimeFormat(texts.locale, { weekday: 'long', timeZone: 'UTC' }).format(Date.UTC(2024, 0, 1 + at)); // a Monday
}

customElements.define('console-set-hours', HoursForm);
