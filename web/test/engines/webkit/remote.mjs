// What runs in the page for the driver: it keeps the objects that the driver holds, and turns values into WebDriver
// BiDi's and back. The driver evaluates the text of `remote` once in each realm.

/** The code of a realm, as an expression that gives its object. `context` is the frame's name. */
export const remoteSource = (context) => `(${remote})(${JSON.stringify(context)})`;

/** The code that runs before the scripts of a page: those functions, in order. */
export const preloadSource = (scripts) =>
  `(${preload})([${scripts.map(({ code, channels }) => `[${code}, ${JSON.stringify(channels)}]`)}])`;

/** Begins a line on the page's console that is meant for the driver. */
export const marker = 'bidi-channel:';

function preload(scripts) {
  const done = Symbol.for('bidi.preloaded'); // WebKit may ask for it twice in a document
  if (document[done]) return;
  Object.defineProperty(document, done, { value: true });
  document.hasFocus = () => true; // of each page at once, as in the other browsers that tests drive
  const debug = console.debug.bind(console);
  for (const [script, channels] of scripts) {
    script(
      ...channels.map((channel) => (data) => debug(`bidi-channel:${JSON.stringify({ channel, data: String(data), top: self === top })}`)),
    );
  }
}

function remote(context) {
  const handles = new Map();
  const own = Symbol.for('bidi.context');
  let last = 0;
  Object.defineProperty(window, own, { value: context, configurable: true });

  const keep = (value) => {
    const handle = `${context}#${Math.random().toString(36).slice(2)}${++last}`;
    handles.set(handle, value);
    return handle;
  };

  const primitives = {
    undefined: () => ({ type: 'undefined' }),
    string: (value) => ({ type: 'string', value }),
    boolean: (value) => ({ type: 'boolean', value }),
    bigint: (value) => ({ type: 'bigint', value: String(value) }),
    number: (value) => ({
      type: 'number',
      value: Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value),
    }),
  };

  const isWindow = (value) => {
    try {
      return value.window === value;
    } catch {
      return false;
    }
  };
  // One of another origin does not tell its name: of such a child the driver gets its number.
  const windowValue = (value) => {
    try {
      return { context: value[own] };
    } catch {
      return { child: Array.from(window, (_, i) => window[i]).indexOf(value) };
    }
  };

  const types = [
    [(value) => typeof value === 'function', () => ({ type: 'function' })],
    [isWindow, (value) => ({ type: 'window', value: windowValue(value) })],
    [(value) => value instanceof Node || value.nodeType > 0, nodeValue],
    [Array.isArray, (value, inner) => ({ type: 'array', ...inner(() => value.map((item) => inner.one(item))) })],
    [(value) => value instanceof RegExp, (value) => ({ type: 'regexp', value: { pattern: value.source, flags: value.flags } })],
    [(value) => value instanceof Date, (value) => ({ type: 'date', value: value.toISOString() })],
    [(value) => value instanceof Map, () => ({ type: 'map' })],
    [(value) => value instanceof Set, () => ({ type: 'set' })],
    [(value) => value instanceof Error, () => ({ type: 'error' })],
    [(value) => value instanceof Promise, () => ({ type: 'promise' })],
    [ArrayBuffer.isView, () => ({ type: 'typedarray' })],
    [() => true, (value, inner) => ({ type: 'object', ...inner(() => Object.keys(value).map((key) => [key, inner.one(value[key])])) })],
  ];

  function nodeValue(node) {
    const attributes = Object.fromEntries([...(node.attributes ?? [])].map(({ name, value }) => [name, value]));
    return {
      type: 'node',
      sharedId: keep(node),
      value: { nodeType: node.nodeType, localName: node.localName, attributes, childNodeCount: 0 },
    };
  }

  function serialized(value, depth, owned) {
    if (value === null) return { type: 'null' };
    const primitive = primitives[typeof value];
    if (primitive) return primitive(value);
    if (typeof value === 'symbol') return { type: 'symbol', ...(owned && { handle: keep(value) }) };
    const inner = (list) => (depth > 0 ? { value: list() } : {});
    inner.one = (item) => serialized(item, depth - 1, false);
    const result = types.find(([fits]) => fits(value))[1](value, inner);
    return owned ? { ...result, handle: result.sharedId ?? keep(value) } : result;
  }

  const kept = (handle) => {
    if (!handles.has(handle)) throw new Error(`no such handle ${handle}`);
    return handles.get(handle);
  };

  function parsed(argument) {
    const handle = argument.handle ?? argument.sharedId;
    if (handle !== undefined) return kept(handle);
    const { type, value } = argument;
    switch (type) {
      case 'undefined':
        return undefined;
      case 'null':
        return null;
      case 'number':
        return Number(value);
      case 'bigint':
        return BigInt(value);
      case 'array':
        return value.map(parsed);
      case 'object':
        return Object.fromEntries(value.map(([key, item]) => [typeof key === 'string' ? key : parsed(key), parsed(item)]));
      case 'map':
        return new Map(value.map(([key, item]) => [typeof key === 'string' ? key : parsed(key), parsed(item)]));
      case 'set':
        return new Set(value.map(parsed));
      case 'date':
        return new Date(value);
      case 'regexp':
        return new RegExp(value.pattern, value.flags);
      case 'channel':
        return (data) => console.debug(`bidi-channel:${JSON.stringify({ channel: value.channel, data: String(data), top: self === top })}`);
      default:
        return value;
    }
  }

  const errorText = (error) => {
    try {
      return error instanceof Error || error?.message ? `${error.name}: ${error.message}` : String(error);
    } catch {
      return 'unknown error';
    }
  };

  return {
    /** Calls a function with BiDi's arguments, or takes a value as its result. Gives BiDi's result as JSON. */
    async run(fn, args, { depth = 1000, owned, wait }) {
      try {
        let result = fn(...args.map(parsed));
        if (wait) result = await result;
        return JSON.stringify({ type: 'success', result: serialized(result, depth, owned) });
      } catch (error) {
        return JSON.stringify({ type: 'exception', exceptionDetails: { text: errorText(error) } });
      }
    },
    drop(gone) {
      for (const handle of gone) handles.delete(handle);
    },
  };
}
