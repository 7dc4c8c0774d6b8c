// One window of WebKit, told as a browsing context of WebDriver BiDi: its frames and their realms, navigations, console.
import { Network } from './network.mjs';
import { marker, preloadSource, remoteSource } from './remote.mjs';

// How the error begins that Playwright causes with each screenshot: by an empty style element of its own.
const ownStyle = 'Refused to apply a stylesheet because its hash';

let last = 0;

/** The name of a realm's sandbox. There is none in WebKit's inspector: it is the same realm under another name. */
export const sandboxOf = (realm) => `${realm}-sandbox`;

/** A name that was not used before. */
export const fresh = (kind) => `${kind}-${++last}`;

export class Page {
  /** Where the page now is in its process; a navigation to another site may go on in another. */
  target;
  provisional; // the process that the next document is loaded by, and what it has said so far
  pending = new Map(); // answers that are awaited, by target and number
  lastId = 0; // of the messages to the inspector
  frames = new Map(); // by WebKit's name of the frame
  navigation; // the one that was begun and has no document yet
  ready;

  constructor({ instance, number, window, userContext, emit, scripts }) {
    Object.assign(this, { instance, number, window, userContext, emit, scripts, context: fresh('page') });
    this.network = new Network(this);
    this.main = { context: this.context };
    this.opened = new Promise((resolve, reject) => {
      this.ready = { resolve, reject };
    });
    instance.inspector.inspect(number, (message) => this.received(message));
    this.raw('Target.setPauseOnStart', { pauseOnStart: true });
  }

  /** Sends a command to the inspector of the page. */
  command(method, params = {}, target = this.target) {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.pending.set(`${target} ${id}`, { method, resolve, reject });
      this.raw('Target.sendMessageToTarget', { targetId: target, message: JSON.stringify({ id, method, params }) });
    });
  }

  async navigate(url) {
    const navigation = this.begin(url);
    await this.command('Page.navigate', { url });
    return { navigation, url };
  }

  async reload() {
    const navigation = this.begin(this.main.url);
    await this.command('Page.reload');
    return { navigation, url: this.main.url };
  }

  /** Runs a function with BiDi's arguments in a frame, and gives BiDi's result. */
  async call(context, declaration, args, options) {
    const { realm, remote } = await this.settled(context);
    const { result, wasThrown } = await this.command('Runtime.callFunctionOn', {
      objectId: remote,
      functionDeclaration: `function (args, options) { return this.run((${declaration}), args, options) }`,
      arguments: [{ value: args }, { value: options }],
      returnByValue: true,
      emulateUserGesture: true,
      awaitPromise: true,
    });
    if (wasThrown) throw new Error(result.description ?? 'the function could not be called');
    const answer = { realm, ...JSON.parse(result.value) };
    const child = answer.result?.type === 'window' ? answer.result.value.child : undefined;
    if (child !== undefined) answer.result.value = { context: this.children(context)[child] };
    return answer;
  }

  /** As `call`, of an expression. */
  async evaluate(context, expression, options) {
    const { realm, remote, execution } = await this.settled(context);
    const value = await this.command('Runtime.evaluate', { expression, contextId: execution, emulateUserGesture: true });
    const text = value.result.description ?? String(value.result.value);
    if (value.wasThrown) return { realm, type: 'exception', exceptionDetails: { text } };
    const { objectId, value: plain, type } = value.result;
    const given = objectId ? { objectId } : type === 'undefined' || type === 'symbol' ? {} : { value: plain };
    const { result } = await this.command('Runtime.callFunctionOn', {
      objectId: remote,
      functionDeclaration: 'function (value, options) { return this.run(() => value, [], options) }',
      arguments: [given, { value: options }],
      returnByValue: true,
      awaitPromise: true,
    });
    return { realm, ...JSON.parse(result.value) };
  }

  /** The frame of that name, of BiDi's. */
  frame(context) {
    return [...this.frames.values()].find((frame) => frame.context === context);
  }

  /** The names of a frame's children, in the order that its window has them. */
  children(context) {
    return [...this.frames.values()].filter(({ parent }) => parent?.context === context).map((frame) => frame.context);
  }

  frameOf(webkitName) {
    return this.frames.get(webkitName);
  }

  async setScripts() {
    await this.command('Page.setBootstrapScript', { source: preloadSource(this.scripts()) });
  }

  closed() {
    for (const { reject } of this.pending.values()) reject(Object.assign(new Error('the page is closed'), { code: 'no such frame' }));
    this.pending.clear();
    this.emit('browsingContext.contextDestroyed', {
      context: this.context,
      url: this.main.url ?? '',
      userContext: this.userContext,
      children: null,
    });
  }

  // The realm that a frame has now, with our code in it.
  async settled(context) {
    const { realm, execution, remote } = this.frame(context) ?? {};
    const object = await remote;
    if (!object) throw Object.assign(new Error(`no realm in ${context}`), { code: 'no such frame' });
    return { realm, execution, remote: object };
  }

  raw(method, params) {
    this.instance.inspector.send(this.number, { id: ++this.lastId, method, params });
  }

  received({ method, params }) {
    if (method === 'Target.targetCreated' && params.targetInfo.type === 'page') this.created(params.targetInfo);
    else if (method === 'Target.dispatchMessageFromTarget') this.said(params.targetId, JSON.parse(params.message));
    else if (method === 'Target.didCommitProvisionalTarget') this.committed(params.newTargetId);
    else if (method === 'Target.targetDestroyed') this.gone(params.targetId);
  }

  created({ targetId, isProvisional, isPaused }) {
    if (isProvisional) this.provisional = { target: targetId, said: [] };
    else this.target ??= targetId;
    const begun = this.enable(targetId);
    if (isPaused) this.raw('Target.resume', { targetId });
    void begun.then(this.ready.resolve, this.ready.reject);
  }

  // Commands are carried out in order, so that the process need not wait for the answers.
  async enable(target) {
    const source = preloadSource(this.scripts());
    const [, { frameTree }] = await Promise.all([
      this.command('Page.enable', {}, target),
      this.command('Page.getResourceTree', {}, target),
      this.command('Page.setBootstrapScript', { source }, target),
      this.command('Console.enable', {}, target),
      ...this.network.begin(target),
      ...(target === this.target ? [] : [this.command('Runtime.enable', {}, target)]),
    ]);
    if (target !== this.target) return;
    this.main.url = frameTree.frame.url;
    this.frames.set(frameTree.frame.id, this.main);
    this.emit('browsingContext.contextCreated', {
      context: this.context,
      userContext: this.userContext,
      url: frameTree.frame.url,
      originalOpener: null,
      children: null,
      parent: null,
    });
    await this.command('Runtime.enable', {}, target);
  }

  said(target, message) {
    const key = `${target} ${message.id}`;
    const waits = this.pending.get(key);
    if (waits) {
      this.pending.delete(key);
      const code = message.error?.message.includes('Missing injected script') ? 'no such frame' : 'unknown error';
      if (message.error) waits.reject(Object.assign(new Error(`${waits.method}: ${message.error.message}`), { code }));
      else waits.resolve(message.result);
    } else if (target === this.provisional?.target) this.provisional.said.push(message);
    else if (target === this.target) this.event(message);
  }

  committed(target) {
    if (target !== this.provisional?.target) return;
    const { said } = this.provisional;
    this.gone(this.target);
    this.target = target;
    this.provisional = undefined;
    for (const message of said) this.event(message);
  }

  gone(target) {
    for (const [key, { reject }] of this.pending) {
      if (!key.startsWith(`${target} `)) continue;
      this.pending.delete(key);
      reject(Object.assign(new Error('the document has gone'), { code: 'no such frame' }));
    }
  }

  event({ method, params }) {
    switch (method) {
      case 'Page.frameNavigated':
        return this.navigated(params.frame);
      case 'Page.frameDetached':
        return this.detached(params.frameId);
      case 'Page.domContentEventFired':
        return this.reached('domContentLoaded', this.main);
      case 'Page.loadEventFired':
        return this.reached('load', this.main);
      case 'Page.frameStoppedLoading': {
        const frame = this.frames.get(params.frameId);
        if (frame === this.main && !frame.execution) return void this.restored().catch(() => {}); // it may go again meanwhile
        if (!frame || frame === this.main) return;
        this.reached('domContentLoaded', frame);
        return this.reached('load', frame);
      }
      case 'Runtime.executionContextCreated':
        return this.realm(params.context);
      case 'Console.messageAdded':
        return this.logged(params.message);
      default:
        return this.network.event(method, params);
    }
  }

  begin(url) {
    this.navigation = fresh('navigation');
    this.tell('navigationStarted', this.main, this.navigation, url);
    return this.navigation;
  }

  tell(event, frame, navigation = frame.navigation, url = frame.url) {
    this.emit(`browsingContext.${event}`, { context: frame.context, navigation, url: url ?? '', timestamp: Date.now() });
  }

  reached(event, frame) {
    this.tell(event, frame);
  }

  navigated({ id, parentId, url, name }) {
    if (!parentId) this.toMain(id);
    const frame = this.frames.get(id) ?? this.attach(id, parentId, url);
    this.endRealm(frame);
    if (frame === this.main) {
      if (!this.navigation) this.begin(url);
      frame.navigation = this.navigation;
      this.navigation = undefined;
    } else {
      frame.navigation = fresh('navigation');
      this.tell('navigationStarted', frame, frame.navigation, url);
    }
    Object.assign(frame, { url, name });
    this.tell('navigationCommitted', frame);
  }

  // A page of the back/forward cache has come back: WebKit gave it the address of the page that it took the place of,
  // and did not tell of its realm, which was there before.
  async restored() {
    const { frameTree } = await this.command('Page.getResourceTree');
    this.navigated(frameTree.frame);
    await this.command('Runtime.disable');
    await this.command('Runtime.enable');
    for (const event of ['domContentLoaded', 'load']) this.reached(event, this.main);
  }

  // The main frame has another name in another process, and the frames of the last document have gone.
  toMain(id) {
    for (const [name, frame] of this.frames) {
      if (frame === this.main) this.frames.delete(name);
      else this.detached(name);
    }
    this.frames.set(id, this.main);
  }

  attach(id, parentId, url) {
    const parent = this.frames.get(parentId) ?? this.main;
    const frame = { context: fresh('frame'), url, parent };
    this.frames.set(id, frame);
    this.emit('browsingContext.contextCreated', {
      context: frame.context,
      parent: parent.context,
      userContext: this.userContext,
      url: url ?? '',
      originalOpener: null,
      children: null,
    });
    return frame;
  }

  detached(id) {
    const frame = this.frames.get(id);
    if (!frame || frame === this.main) return;
    this.frames.delete(id);
    this.endRealm(frame);
    this.emit('browsingContext.contextDestroyed', {
      context: frame.context,
      parent: frame.parent.context,
      url: frame.url ?? '',
      userContext: this.userContext,
      children: null,
    });
  }

  realm({ id, type, frameId }) {
    if (type !== 'normal') return;
    const frame = this.frames.get(frameId) ?? this.attach(frameId);
    if (frame.execution === id) return;
    this.endRealm(frame);
    Object.assign(frame, { execution: id, realm: fresh('realm') });
    frame.remote = this.command('Runtime.evaluate', { expression: remoteSource(frame.context), contextId: id }).then(
      ({ result }) => result.objectId,
      () => undefined,
    );
    this.emit('script.realmCreated', { realm: frame.realm, context: frame.context, type: 'window', origin: frame.url ?? '' });
  }

  endRealm(frame) {
    if (frame.realm) for (const realm of [frame.realm, sandboxOf(frame.realm)]) this.emit('script.realmDestroyed', { realm });
    Object.assign(frame, { execution: undefined, realm: undefined, remote: undefined });
  }

  logged({ source, level, type, text = '', url = '', line = 1, column = 1, stackTrace, timestamp = 0 }) {
    if (text.startsWith(marker)) return this.channel(JSON.parse(text.slice(marker.length)));
    if (source === 'security' && text.startsWith(ownStyle) && !stackTrace?.callFrames.length) return;
    const frames = stackTrace?.callFrames ?? [];
    const callFrames = frames.map((at) => ({ ...at, lineNumber: at.lineNumber - 1, columnNumber: at.columnNumber - 1 }));
    const at = { callFrames: callFrames.length ? callFrames : [{ url, lineNumber: line - 1, columnNumber: column - 1, functionName: '' }] };
    const entry = {
      level: level === 'warning' ? 'warn' : level,
      text,
      timestamp,
      stackTrace: at,
      source: { realm: this.main.realm, context: this.context },
    };
    if (source === 'console-api') {
      const method = type === 'log' ? level.replace('warning', 'warn') : type;
      this.emit('log.entryAdded', { ...entry, type: 'console', method, args: [{ type: 'string', value: text }] });
    } else if (level === 'error' && (source === 'javascript' || source === 'security'))
      this.emit('log.entryAdded', { ...entry, type: 'javascript' });
  }

  channel({ channel, data, top }) {
    const frame = top ? this.main : ([...this.frames.values()].find((frame) => frame !== this.main) ?? this.main);
    this.emit('script.message', { channel, data: { type: 'string', value: data }, source: { realm: frame.realm, context: frame.context } });
  }
}
