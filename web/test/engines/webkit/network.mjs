// The requests of a page of WebKit, told as WebDriver BiDi tells them, and held where a test wants to answer them.

const bidiHeaders = (headers = {}) => Object.entries(headers).map(([name, value]) => ({ name, value: { type: 'string', value } }));
const plainHeaders = (list = []) => Object.fromEntries(list.map(({ name, value }) => [name, text(value)]));
const text = ({ type, value }) => (type === 'base64' ? Buffer.from(value, 'base64').toString('latin1') : value);
const base64 = (bytes) => (bytes ? (bytes.type === 'base64' ? bytes.value : Buffer.from(bytes.value).toString('base64')) : '');

const destinations = { Document: 'document', StyleSheet: 'style', Image: 'image', Font: 'font', Script: 'script', Media: 'video' };
const initiators = { Fetch: 'fetch', XHR: 'xmlhttprequest' };

export class Network {
  page;
  requests = new Map();
  intercepts = false;

  constructor(page) {
    this.page = page;
  }

  /** Sends the commands that a process needs before it loads anything. */
  begin(target) {
    return [this.page.command('Network.enable', {}, target), ...(this.intercepts ? this.hold(target) : [])];
  }

  /** Holds requests from now on, or no longer. */
  async intercept(on) {
    if (this.intercepts === on) return;
    this.intercepts = on;
    if (on) await Promise.all(this.hold());
    else await this.page.command('Network.setInterceptionEnabled', { enabled: false });
  }

  event(method, params) {
    switch (method) {
      case 'Network.requestWillBeSent':
        return this.begun(params);
      case 'Network.requestIntercepted':
        return this.held(params);
      case 'Network.responseReceived':
        return this.answered(params);
      case 'Network.loadingFinished':
        return this.ended(params);
      case 'Network.loadingFailed':
        return this.failed(params);
    }
  }

  has(request) {
    return this.requests.has(request);
  }

  async body(requestId) {
    const { body, base64Encoded } = await this.page.command('Network.getResponseBody', { requestId });
    return { bytes: { type: base64Encoded ? 'base64' : 'string', value: body } };
  }

  async proceed({ request, url, method, headers, body }) {
    const { request: asked } = this.requests.get(request) ?? {};
    const changed = url || method || body || (headers && JSON.stringify(plainHeaders(headers)) !== JSON.stringify(asked?.headers));
    if (!changed) return this.page.command('Network.interceptContinue', { requestId: request, stage: 'request' });
    await this.page.command('Network.interceptWithRequest', {
      requestId: request,
      ...(url && { url }),
      ...(method && { method }),
      ...(headers && { headers: plainHeaders(headers) }),
      ...(body && { postData: base64(body) }),
    });
  }

  async fulfil({ request, statusCode = 200, reasonPhrase = '', headers = [], body }) {
    const given = plainHeaders(headers);
    const type = Object.entries(given).find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
    await this.page.command('Network.interceptRequestWithResponse', {
      requestId: request,
      content: base64(body),
      base64Encoded: true,
      mimeType: type.split(';')[0] || 'text/plain',
      status: statusCode,
      statusText: reasonPhrase,
      headers: given,
    });
  }

  async fail({ request }) {
    await this.page.command('Network.interceptRequestWithError', { requestId: request, errorType: 'General' });
  }

  hold(target) {
    return [
      this.page.command('Network.setInterceptionEnabled', { enabled: true }, target),
      this.page.command('Network.addInterception', { url: '.*', stage: 'request', isRegex: true }, target),
    ];
  }

  begun({ requestId, frameId, request, type, redirectResponse }) {
    const before = this.requests.get(requestId);
    if (before && redirectResponse) {
      this.answered({ requestId, response: redirectResponse });
      this.emit('responseCompleted', requestId, { response: before.response });
    }
    const context = (this.page.frameOf(frameId) ?? this.page.main).context;
    const navigation = type === 'Document' && context === this.page.context ? (this.page.navigation ?? null) : null;
    const redirectCount = before && redirectResponse ? before.redirectCount + 1 : 0;
    this.requests.set(requestId, { context, request, type, navigation, redirectCount, told: false });
    if (!this.intercepts || redirectCount) this.tell(requestId);
  }

  held({ requestId }) {
    this.tell(requestId, { isBlocked: true, intercepts: ['intercept'] });
  }

  tell(requestId, more = {}) {
    const asked = this.requests.get(requestId);
    if (!asked || asked.told) return;
    asked.told = true;
    this.emit('beforeRequestSent', requestId, { initiator: { type: 'other' }, ...more });
  }

  answered({ requestId, response }) {
    const asked = this.requests.get(requestId);
    if (!asked) return;
    this.tell(requestId);
    asked.response = {
      url: response.url,
      protocol: '',
      status: response.status,
      statusText: response.statusText,
      fromCache: false,
      headers: bidiHeaders(response.headers),
      mimeType: response.mimeType,
      bytesReceived: 0,
      headersSize: 0,
      bodySize: 0,
      content: { size: 0 },
    };
    this.emit('responseStarted', requestId, { response: asked.response });
  }

  ended({ requestId }) {
    const asked = this.requests.get(requestId);
    if (asked?.response) this.emit('responseCompleted', requestId, { response: asked.response });
  }

  failed({ requestId, errorText }) {
    if (!this.requests.has(requestId)) return;
    this.tell(requestId);
    this.emit('fetchError', requestId, { errorText });
  }

  emit(event, requestId, more) {
    const { context, request, type, navigation, redirectCount } = this.requests.get(requestId);
    this.page.emit(`network.${event}`, {
      context,
      isBlocked: false,
      navigation,
      redirectCount,
      timestamp: Date.now(),
      request: {
        request: requestId,
        url: request.url,
        method: request.method,
        headers: bidiHeaders(request.headers),
        cookies: [],
        headersSize: 0,
        bodySize: 0,
        destination: destinations[type] ?? '',
        initiatorType: initiators[type] ?? 'other',
        timings: { requestTime: 0, responseEnd: 0 },
      },
      ...more,
    });
  }
}
