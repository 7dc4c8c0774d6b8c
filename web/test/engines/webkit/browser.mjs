// The commands of WebDriver BiDi that Playwright uses, for WebKitGTK. A command that is not here is refused as unknown,
// so that a test which needs it fails instead of passing without it.
import { requireWebKit } from '../find.mjs';
import { Instance } from './instance.mjs';
import { fresh, Page, sandboxOf } from './page.mjs';

const programs = requireWebKit();

const ignored = () => ({});

export class Browser {
  display;
  emit;
  groups = new Map(); // what belongs to a user context, by its name
  pages = new Map(); // by the name of the top-level browsing context
  scripts = new Map();

  constructor(display, emit) {
    this.display = display;
    this.emit = emit;
  }

  async command(method, params) {
    const carryOut = this.commands[method];
    if (!carryOut) throw Object.assign(new Error(`WebKit's driver has no ${method}`), { code: 'unknown command' });
    return carryOut(params);
  }

  async stop() {
    await Promise.all([...this.groups.values()].map(async (group) => (await group.instance)?.stop()));
    this.groups.clear();
  }

  intercepts = false; // whether pages that come hold their requests

  commands = {
    'session.new': () => ({
      sessionId: 'webkit',
      capabilities: { browserName: 'MiniBrowser', browserVersion: '2.50', userAgent: '', acceptInsecureCerts: false },
    }),
    'session.subscribe': ignored,
    'browser.close': ignored,
    'browser.setDownloadBehavior': ignored,
    'browser.createUserContext': () => {
      const userContext = fresh('user');
      this.groups.set(userContext, { environment: {} });
      return { userContext };
    },
    'browser.removeUserContext': ({ userContext }) => this.removeGroup(userContext),
    'browsingContext.create': ({ userContext }) => this.create(userContext),
    'browsingContext.close': ({ context }) => this.close(this.page(context)),
    'browsingContext.navigate': ({ context, url }) => this.page(context).navigate(url),
    'browsingContext.reload': ({ context }) => this.page(context).reload(),
    'browsingContext.traverseHistory': ({ context, delta }) => {
      const page = this.page(context);
      return page.instance.drive('POST', delta < 0 ? '/back' : '/forward', {}, page.window);
    },
    'browsingContext.activate': ({ context }) => {
      const page = this.page(context);
      return page.instance.drive('GET', '/window', undefined, page.window);
    },
    'browsingContext.setViewport': async ({ context, userContexts = [], viewport }) => {
      for (const name of userContexts) this.group(name).viewport = viewport;
      if (context) await this.resize(this.page(context), viewport);
    },
    'browsingContext.captureScreenshot': async ({ context, clip, origin }) => {
      const page = this.page(context);
      const { x = 0, y = 0, width = 1280, height = 720 } = clip ?? {};
      const area = { x, y, width, height, coordinateSystem: origin === 'document' ? 'Page' : 'Viewport' };
      const { dataURL } = await page.command('Page.snapshotRect', area);
      return { data: dataURL.slice(dataURL.indexOf(',') + 1) };
    },
    'browsingContext.locateNodes': ({ context, locator }) => this.frameElement(context, locator.value.context),
    'script.evaluate': async ({ target, expression, ...options }) =>
      named(target, await this.page(target.context).evaluate(target.context, expression, runOptions(options))),
    'script.callFunction': ({ target, functionDeclaration, arguments: args = [], ...options }) =>
      this.call(target, functionDeclaration, args, options),
    'script.disown': async ({ target, handles }) => {
      const args = handles.map((value) => ({ type: 'string', value }));
      await this.page(target.context)
        .call(target.context, '(...gone) => void this.drop(gone)', args, {})
        .catch(() => {});
    },
    'script.addPreloadScript': ({ functionDeclaration, arguments: args = [], userContexts, contexts }) =>
      this.addScript({ code: functionDeclaration, channels: args.map(({ value }) => value.channel), userContexts, contexts }),
    'script.removePreloadScript': async ({ script }) => {
      this.scripts.delete(script);
      await Promise.all([...this.pages.values()].map((page) => page.setScripts()));
    },
    'input.performActions': ({ context, actions }) => {
      const page = this.pageOf(context);
      return page.instance.drive('POST', '/actions', { actions: actions.map(whole) }, page.window);
    },
    'input.setFiles': ({ context, element, files }) => this.setFiles(this.pageOf(context), context, element, files),
    'storage.getCookies': async ({ partition }) => {
      const page = this.anyPage(partition.userContext);
      const { cookies } = page ? await page.command('Page.getCookies') : { cookies: [] };
      return { cookies: cookies.map(bidiCookie), partitionKey: {} };
    },
    'storage.deleteCookies': async ({ partition }) => {
      const page = this.anyPage(partition.userContext);
      const { cookies } = page ? await page.command('Page.getCookies') : { cookies: [] };
      for (const { name, domain, path } of cookies)
        await page.command('Page.deleteCookie', { cookieName: name, url: `http://${domain}${path}` });
    },
    'network.addIntercept': async ({ phases, contexts }) => {
      const intercept = fresh('intercept');
      if (phases.includes('beforeRequestSent')) await this.intercept(contexts, true);
      return { intercept };
    },
    'network.removeIntercept': () => this.intercept(undefined, false),
    'network.addDataCollector': () => ({ collector: 'all' }),
    'network.setCacheBehavior': ignored,
    'network.continueRequest': (params) => this.asker(params.request).proceed(params),
    'network.provideResponse': (params) => this.asker(params.request).fulfil(params),
    'network.failRequest': (params) => this.asker(params.request).fail(params),
    'network.getData': ({ request }) => this.asker(request).body(request),
    'emulation.setTimezoneOverride': ({ timezone, userContexts }) => this.environment(userContexts, { TZ: timezone }),
    'emulation.setLocaleOverride': ({ locale, userContexts }) =>
      this.environment(userContexts, { LANGUAGE: locale.replace('-', '_'), LANG: `${locale.replace('-', '_')}.UTF-8` }),
    'emulation.setScreenOrientationOverride': ignored,
    'emulation.setScreenSettingsOverride': ignored,
    'emulation.setMediaFeaturesOverride': async ({ features, userContexts = [] }) => {
      for (const name of userContexts) this.group(name).scheme = features['prefers-color-scheme'];
    },
  };

  async create(userContext = 'default') {
    const group = this.group(userContext);
    const first = !group.instance;
    group.instance ??= Instance.start({ ...programs, display: this.display, environment: group.environment });
    group.last = (group.last ?? Promise.resolve()).then(() => this.open(userContext, group, first));
    return { context: await group.last };
  }

  async open(userContext, group, first) {
    const instance = await group.instance;
    group.numbers ??= 2; // of the inspector: 1 is the first window, 2 what WebKitWebDriver is connected to
    const window = first ? instance.window : await this.newWindow(instance, userContext, group);
    const number = first ? 1 : ++group.numbers;
    const page = new Page({
      instance,
      number,
      window,
      userContext,
      emit: this.emit,
      scripts: () =>
        [...this.scripts.values()].filter(
          ({ userContexts, contexts }) => userContexts?.includes(userContext) || contexts?.includes(page.context),
        ),
    });
    page.network.intercepts = this.intercepts;
    this.pages.set(page.context, page);
    await page.opened;
    if (group.scheme === 'dark') await page.command('Page.overrideUserPreference', { name: 'PrefersColorScheme', value: 'Dark' });
    if (group.viewport) await this.resize(page, group.viewport);
    return page.context;
  }

  // A window is larger than its page by what is around it.
  async resize(page, { width, height }) {
    const { instance, window } = page;
    const inner = async () =>
      JSON.parse((await page.evaluate(page.context, 'JSON.stringify([innerWidth, innerHeight])', runOptions({}))).result.value);
    const [nowWidth, nowHeight] = await inner();
    if (nowWidth === width && nowHeight === height) return;
    const outer = await instance.drive('GET', '/window/rect', undefined, window);
    await instance.drive(
      'POST',
      '/window/rect',
      { width: width + outer.width - nowWidth, height: height + outer.height - nowHeight },
      window,
    );
  }

  // A window opens from another one that is there, which the current one need not be.
  async newWindow(instance, userContext, group) {
    const from = [...this.pages.values()].find((page) => page.userContext === userContext)?.window ?? group.spare;
    return (await instance.drive('POST', '/window/new', { type: 'window' }, from)).handle;
  }

  // The browser ends with its last window, so another one opens first.
  async close(page) {
    const group = this.group(page.userContext);
    const others = [...this.pages.values()].some((other) => other !== page && other.userContext === page.userContext);
    if (!others) {
      group.numbers++;
      group.spare = await this.newWindow(page.instance, page.userContext, group);
    }
    await page.instance.drive('DELETE', '/window', undefined, page.window);
    this.pages.delete(page.context);
    page.closed();
  }

  async removeGroup(userContext) {
    const group = this.group(userContext);
    this.groups.delete(userContext);
    for (const page of this.pages.values()) {
      if (page.userContext !== userContext) continue;
      this.pages.delete(page.context);
      page.closed();
    }
    await (await group.instance)?.stop();
  }

  async call(target, declaration, args, options) {
    const page = this.pageOf(target.context) ?? this.pageOfRealm(target.realm);
    return named(target, await page.call(target.context ?? page.context, declaration, args, runOptions(options)));
  }

  async addScript(script) {
    const name = fresh('script');
    this.scripts.set(name, script);
    const concerned = [...this.pages.values()].filter(
      (page) => script.userContexts?.includes(page.userContext) || script.contexts?.includes(page.context),
    );
    await Promise.all(concerned.map((page) => page.setScripts()));
    return { script: name };
  }

  async frameElement(parent, child) {
    const page = this.page(parent);
    const find = '(number) => [...document.querySelectorAll("iframe")].find((frame) => frame.contentWindow === window[number])';
    const { result } = await page.call(parent, find, [{ type: 'number', value: page.children(parent).indexOf(child) }], runOptions({}));
    return { nodes: result?.type === 'node' ? [result] : [] };
  }

  // WebKitWebDriver finds the element by a mark.
  async setFiles(page, context, element, files) {
    const mark = 'data-driver-files';
    const set = (on) => page.call(context, `(input) => void input.toggleAttribute('${mark}', ${on})`, [element], runOptions({}));
    await set(true);
    const found = await page.instance.drive('POST', '/element', { using: 'css selector', value: `[${mark}]` }, page.window);
    await page.instance.drive('POST', `/element/${Object.values(found)[0]}/value`, { text: files.join('\n') }, page.window);
    await set(false);
  }

  // Without contexts it is for all pages, those to come too.
  async intercept(contexts, on) {
    if (!contexts) this.intercepts = on;
    const pages = contexts ? contexts.map((context) => this.page(context)) : [...this.pages.values()];
    await Promise.all(pages.map((page) => page.network.intercept(on)));
  }

  environment(userContexts, variables) {
    for (const name of userContexts) Object.assign(this.group(name).environment, variables);
  }

  asker(request) {
    const page = [...this.pages.values()].find(({ network }) => network.has(request));
    if (!page) throw Object.assign(new Error(`no request ${request}`), { code: 'no such request' });
    return page.network;
  }

  group(name) {
    if (!this.groups.has(name)) this.groups.set(name, { environment: {} });
    return this.groups.get(name);
  }

  anyPage(userContext) {
    return [...this.pages.values()].find((page) => page.userContext === userContext);
  }

  pageOf(context) {
    return this.pages.get(context) ?? [...this.pages.values()].find((page) => page.frame(context));
  }

  pageOfRealm(realm) {
    const page = [...this.pages.values()].find(({ main }) => main.realm === realm);
    if (!page) throw Object.assign(new Error(`no realm ${realm}`), { code: 'no such frame' });
    return page;
  }

  page(context) {
    const page = this.pageOf(context);
    if (!page) throw Object.assign(new Error(`no browsing context ${context}`), { code: 'no such frame' });
    return page;
  }
}

const runOptions = ({ serializationOptions: { maxObjectDepth } = {}, resultOwnership, awaitPromise = false }) => ({
  ...(maxObjectDepth !== undefined && { depth: maxObjectDepth }),
  owned: resultOwnership === 'root',
  wait: awaitPromise,
});

const named = (target, result) => (target.sandbox ? { ...result, realm: sandboxOf(result.realm) } : result);

// WebKitWebDriver takes whole pixels only.
const whole = (source) => ({
  ...source,
  actions: source.actions.map((action) => ({
    ...action,
    ...('x' in action && { x: Math.floor(action.x), y: Math.floor(action.y) }),
  })),
});

const bidiCookie = ({ name, value, domain, path, httpOnly, secure, sameSite, expires, session }) => ({
  name,
  value: { type: 'string', value },
  domain,
  path,
  httpOnly,
  secure,
  sameSite: sameSite.toLowerCase(),
  size: name.length + value.length,
  ...(!session && { expiry: Math.round(expires / 1000) }),
});
