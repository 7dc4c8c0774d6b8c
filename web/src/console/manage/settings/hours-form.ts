// The opening hours, their time zone, and what visitors do outside of them.

import { html } from 'lit';
import { say, texts } from '../../texts';
import type { ManagedSettings } from '../model/app-settings';
import type { Line } from '../model/meanwhile';
import { hoursOf, type Span, type Week, weekOf } from '../model/week';
import { replaceAt, SettingForm } from './setting-form';

interface Value {
  week: Week;
  timeZone: string;
  away: string;
}

class HoursForm extends SettingForm<Value> {
  protected pick({ window: { hours, timeZone, away } }: ManagedSettings): Value {
    return { week: weekOf(hours), timeZone, away };
  }

  protected change({ week, timeZone, away }: Value) {
    return { window: { hours: hoursOf(week), timeZone, away } };
  }

  protected lines({ week, timeZone, away }: Value): Line[] {
    const spans = week.map(
      (day, at): Line => [dayName(at), day.map(({ from, until }) => `${from}–${until}`).join(', ') || closedText(week)],
    );
    return [...spans, [say('set.zone'), timeZone], [say('set.away'), awayText(away)]];
  }

  protected fields(value: Value) {
    return html`
      <p class="quiet">${say('set.hoursAbout')}</p>
      <div class="week">${value.week.map((_, at) => this.day(value.week, at))}</div>
      ${this.field('window.timeZone', say('set.zone'), value.timeZone, (zone) => (value.timeZone = zone.trim()), { list: 'time-zones' })}
      <datalist id="time-zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value=${zone}></option>`)}</datalist>
      ${this.choice(
        'window.away',
        say('set.away'),
        value.away,
        ['chat', 'message'].map((away) => [away, awayText(away)]),
        (away) => (value.away = away),
      )}
    `;
  }

  private day(week: Week, at: number) {
    const name = dayName(at);
    const spans = week[at]!;
    return html`
      <div class="day" role="group" aria-label=${name}>
        <strong>${name}</strong>
        <div>
          ${spans.length === 0 ? html`<p class="quiet">${closedText(week)}</p>` : ''}
          ${spans.map(
            ({ from, until }, n) => html`<div class="span">
              ${this.field(`hours.${at}.${n}.from`, say('set.from'), from, (time) => replaceAt(spans, n, { from: time }), { type: 'time' })}
              ${this.field(`hours.${at}.${n}.until`, say('set.until'), until, (time) => replaceAt(spans, n, { until: time }), { type: 'time' })}
              ${this.remover(`hours-${at}`, `${name} ${from}–${until}`, () => spans.splice(n, 1))}
            </div>`,
          )}
        </div>
        ${this.adder(
          `hours-${at}`,
          say('set.addHours'),
          () => spans.push(spans.length === 0 ? { from: '09:00', until: '17:00' } : hourAfter(spans.at(-1)!.until)),
          () => `hours.${at}.${spans.length - 1}.from`,
          `${say('set.addHours')}: ${name}`,
        )}
      </div>
    `;
  }
}

const awayText = (away: string) => say(away === 'message' ? 'set.awayMessage' : 'set.awayChat');

/** What a day without hours is; nothing in a week without any, as that is always. */
const closedText = (week: Week) => (week.some((spans) => spans.length > 0) ? say('set.closed') : '');

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
