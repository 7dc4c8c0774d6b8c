// The element <parley-chat>: what a page sees of the chat window. The window itself is made when the element comes into a page.

import type { FormField, ParleyChatElement } from '../../element';
import type { Chat } from '../../index';
import { addresses } from '../sdk/server-url';
import { icf } from '../ui/icf';
import { languageOf, localeOf } from '../ui/languages';
import { type AppSettings, askSettings, keptSettings } from './app-settings';
import { loadExtras } from './extras-loader';
import { checked, namedFields } from './fields';
import { forget, isKept } from './kept';
import { type Look, styled } from './look';
import { fetchSentences, keptSentences } from './sentences';
import { type Extras, theSource } from './source';
import type { SupportOptions } from './support-chat';
import { english, type Sentences, Texts } from './texts';
import type { Say } from './view';
import { ChatWindow } from './window';

/** The attributes, which are properties too, by these names. */
const attributes = {
  appId: 'app-id',
  server: 'server',
  room: 'room',
  surveyId: 'survey-id',
  heading: 'heading',
  greeting: 'greeting',
  hours: 'hours',
  timeZone: 'time-zone',
  away: 'away',
  teaser: 'teaser',
  teaserAfter: 'teaser-after',
  teaserOn: 'teaser-on',
  theme: 'theme',
} as const;

export class ParleyChat extends HTMLElement implements ParleyChatElement {
  static readonly observedAttributes = [...Object.values(attributes), 'fields', 'lang', 'open'];

  declare appId: string;
  declare server: string;
  declare room: string;
  declare surveyId: string;
  declare heading: string;
  declare greeting: string;
  declare hours: string;
  declare timeZone: string;
  declare away: string;
  declare teaser: string;
  declare teaserAfter: string;
  declare teaserOn: string;
  declare theme: string;

  private readonly root = this.attachShadow({ mode: 'open' });
  private readonly sayings = new Texts();
  private given: Sentences = {};
  private asked: FormField[] | undefined;
  /** The page has set its property. */
  private ownFields = false;
  private set: AppSettings = {};
  private settingsAsked = false;
  private settled = false;
  /** What reads opening hours; undefined until it is loaded, null while it cannot be. */
  private Hours: Extras['Hours'] | null | undefined;
  private learning: Promise<void> | undefined;
  /** Null while the attribute is wrong. */
  private opening: InstanceType<Extras['Hours']> | null | undefined;
  private look: Look | undefined;
  private window: ChatWindow | undefined;
  /** The language whose texts are shown, or are on their way. */
  private tongue: string | undefined;

  connectedCallback(): void {
    for (const name of [...Object.keys(attributes), 'fields', 'texts']) this.upgrade(name as keyof this);
    if (this.window) return this.window.moved();
    this.look ??= styled(this.root);
    this.look.theme(this.getAttribute('theme'));
    this.window = new ChatWindow(
      this.root,
      {
        options: () => this.options(),
        heading: () => this.getAttribute('heading') ?? '',
        fields: () => this.form(),
        settled: () => this.settled && !(this.times && this.Hours === undefined),
        settle: () => void this.settle(),
        looksBack: () => this.set.ownChats === true,
        closed: () => this.closed(),
        consent: () =>
          this.querySelector(':scope > [slot="consent"]') ? { text: '', url: '' } : this.set.consent?.text ? this.set.consent : undefined,
        opened: (open) => this.opened(open),
        teaser: () => ({ text: this.teaser, after: this.getAttribute('teaser-after'), on: this.teaserOn }),
        tell: this.tell,
      },
      this.sayings,
    );
    void this.speak();
    this.recall();
    if (this.hasAttribute('open')) this.window.open();
    // What the tab has kept is there before the first paint. For anything else there is time: to read cookies takes the browser milliseconds.
    if (isKept() || icf?.isInit) this.goOn();
    else setTimeout(() => this.goOn());
  }

  /** An element that is moved is connected again before its task ends. */
  disconnectedCallback(): void {
    setTimeout(() => {
      if (this.isConnected) return;
      this.window?.leave();
      this.window = undefined;
    });
  }

  attributeChangedCallback(name: string, before: string | null, value: string | null): void {
    if (before === value) return;
    if (name === 'fields') {
      this.asked = undefined;
      this.ownFields = false;
    }
    if (name === 'hours' || name === 'time-zone') {
      this.opening = undefined;
      if (this.settingsAsked) this.learnHours();
    }
    if (!this.window) return;
    if (name === 'theme') this.look?.theme(value);
    else if (name === 'lang') void this.speak();
    else if (name === 'app-id' || name === 'server') this.recall();
    else if (name.startsWith('teaser')) this.window.tease();
    else if (name !== 'open') this.window.frame.draw();
    else if (value !== null) this.window.open();
    else this.window.minimise();
  }

  open(): void {
    this.setAttribute('open', '');
  }

  close(): void {
    this.removeAttribute('open');
  }

  /** Begins a chat, as the visitor's button does. */
  async start(name = ''): Promise<void> {
    await this.mine.start({ name });
  }

  /** Sends a message in the open chat. */
  async sendMessage(text: string): Promise<void> {
    await this.mine.chat.send(text);
  }

  get chat(): Chat | null {
    return this.window?.chat.chat ?? null;
  }

  get unread(): number {
    return this.window?.unread ?? 0;
  }

  /** What visitors are asked before a chat. */
  get fields(): readonly FormField[] {
    try {
      const names = this.getAttribute('fields');
      this.asked ??= names === null && this.set.fields ? checked(this.set.fields) : namedFields(names ?? 'name');
    } catch (error) {
      console.error(error); // the chat is worth more than its form
      this.asked = namedFields('name');
    }
    return this.asked;
  }

  set fields(fields: readonly FormField[]) {
    this.asked = checked(fields);
    this.ownFields = true;
    this.window?.frame.draw();
  }

  get texts(): Sentences {
    return this.given;
  }

  set texts(given: Sentences) {
    this.given = given;
    this.reword();
    this.window?.translated();
  }

  /** What the app's supervisors have set in the window's language, and else in any. */
  private get words() {
    const has = (wanted: string) => this.set.words?.find(({ lang }) => lang === wanted);
    return { ...has(''), ...has(this.primary) };
  }

  private get primary(): string {
    return localeOf(this.language).language;
  }

  /** Says those in place of its own, and what the page has in place of either. */
  private reword(): void {
    this.sayings.replace({ ...this.words, ...this.given });
  }

  private get mine(): ChatWindow {
    if (!this.window) throw new Error('The element <parley-chat> is not in a page.');
    return this.window;
  }

  /** Takes over a property that the page has set before the element was defined. */
  private upgrade(name: keyof this): void {
    if (!Object.hasOwn(this, name)) return;
    const value = this[name];
    delete this[name];
    this[name] = value;
  }

  /** The fields of the form: outside of the hours it may ask for the visitor's message too. */
  private form(): readonly FormField[] {
    const { fields } = this;
    const leaves = (this.getAttribute('away') ?? this.set.away) === 'message' && this.closed();
    if (!leaves || fields.some(({ name }) => name === 'message')) return fields;
    return [...fields, { name: 'message', required: true }];
  }

  /** Begins with what the browser has kept of the app's settings. */
  private recall(): void {
    let kept: AppSettings | undefined;
    try {
      const { appId, api } = this.options();
      kept = keptSettings(appId, api);
    } catch {
      // A server that has no address is reported when a chat is wanted.
    }
    this.settingsAsked = false;
    this.found(kept ?? {}, kept !== undefined);
  }

  /** Finds out what the app has set, when the form is shown first. */
  private async settle(): Promise<void> {
    if (this.settingsAsked) return;
    this.settingsAsked = true;
    this.learnHours();
    try {
      const { appId, api } = this.options();
      this.found(await askSettings(appId, api), true);
    } catch (error) {
      console.warn(error); // the chat is worth more than its form
      this.found(this.set, true);
    }
    this.learnHours();
  }

  private found(set: AppSettings, settled: boolean): void {
    this.set = set;
    this.settled = settled;
    this.opening = undefined;
    if (!this.ownFields) this.asked = undefined;
    this.reword();
    this.window?.settled();
  }

  /** Goes on with the visitor's chat. Without one they may be invited. */
  private goOn(): void {
    if (hasChat()) this.restore().catch((error: unknown) => console.warn('The chat could not be restored.', error));
    else {
      forget();
      this.window?.tease();
    }
  }

  private async restore(): Promise<void> {
    await this.window?.restore();
    this.window?.tease();
  }

  private options(): SupportOptions {
    const given = (name: string) => this.getAttribute(name) ?? '';
    const server = given('server') || undefined;
    return {
      appId: given('app-id'),
      server,
      api: addresses(server, undefined, theSource().address).api,
      room: given('room') || '1',
      lang: this.primary,
      surveyId: given('survey-id'),
      closed: () => this.closed(),
      learnHours: () => this.learnHours(),
      greeting: (this.getAttribute('greeting') ?? this.words?.greeting ?? '')
        .split('\n')
        .map((line) => line.trim())
        .filter(Boolean),
    };
  }

  /** The hours that hold, '' for always: the page's own, else the app's, which may have holidays alone. */
  private get times(): string {
    const { hours, holidays } = this.set;
    return this.getAttribute('hours') ?? (hours || (holidays?.length ? 'Mo-Su 00:00-24:00' : ''));
  }

  /** Loads what reads opening hours, if there are any. */
  private learnHours(): void {
    if (this.times && !this.Hours) this.learning ??= this.loadHours();
  }

  private async loadHours(): Promise<void> {
    try {
      this.Hours = (await loadExtras()).Hours;
    } catch (error) {
      console.warn(error); // a chat at a wrong hour is better than none
      this.Hours = null;
      this.learning = undefined;
    }
    this.window?.settled();
  }

  /** What says until when it is closed; undefined within the opening hours, without any, and until what reads them is loaded. */
  private closed(): Say | undefined {
    const { times, Hours, set } = this;
    if (!times || !Hours) return undefined;
    const own = this.hasAttribute('hours');
    try {
      if (this.opening === undefined)
        this.opening = new Hours(times, this.getAttribute('time-zone') || (!own && set.timeZone) || 'UTC', own ? [] : set.holidays);
    } catch (error) {
      console.error(error); // a chat at a wrong hour is better than none
      this.opening = null;
    }
    const opens = this.opening?.opensAfter(Date.now());
    return opens === undefined ? undefined : () => this.sayings.moment(opens);
  }

  /** The element's language, else the page's, else the browser's. */
  private get language(): string {
    return this.lang || (this.closest<HTMLElement>('[lang]')?.lang ?? document.documentElement.lang) || navigator.language;
  }

  private async speak(): Promise<void> {
    const tag = this.language;
    if (tag === this.tongue) return;
    this.tongue = tag;
    const language = languageOf(tag);
    let sentences = language ? keptSentences(language) : english;
    try {
      sentences ??= await fetchSentences(language!);
    } catch (error) {
      console.warn(error);
    }
    sentences ??= english;
    if (tag !== this.tongue) return; // another one is wanted by now
    this.sayings.speak(sentences === english ? 'en' : tag, sentences);
    this.reword();
    this.window?.translated();
  }

  private opened(open: boolean): void {
    this.toggleAttribute('open', open);
    this.tell(open ? 'open' : 'close');
  }

  private readonly tell = (event: string, detail: object = {}): void => {
    this.dispatchEvent(new CustomEvent(`parley-${event}`, { bubbles: true, composed: true, detail }));
  };
}

// The properties that are attributes.
for (const [name, attribute] of Object.entries(attributes)) {
  Object.defineProperty(ParleyChat.prototype, name, {
    configurable: true,
    enumerable: true,
    get(this: ParleyChat) {
      return this.getAttribute(attribute) ?? '';
    },
    set(this: ParleyChat, value: unknown) {
      if (value === null || value === undefined) this.removeAttribute(attribute);
      else this.setAttribute(attribute, String(value));
    },
  });
}

/** Whether the visitor may have a chat to go on with: from an earlier page, or begun in this one. */
function hasChat(): boolean {
  try {
    return Boolean(icf?.isInit) || /(?:^|;\s*)i\.cc=/.test(document.cookie);
  } catch {
    return false; // a sandboxed page has no cookies
  }
}
