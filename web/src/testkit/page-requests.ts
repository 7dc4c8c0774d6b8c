// XMLHttpRequest to a fake server in the same page: files go that way.

import { serverAt } from './addresses';
import { type HttpAnswer, type HttpRequest, NoNetwork } from './network';
import { formOf } from './page-fetch';
import type { FakeServer } from './server';

/** Gives a class like this one, whose requests to fake servers go there. */
export function takeOverRequests(real: typeof XMLHttpRequest): typeof XMLHttpRequest {
  return class extends real {
    private fake: FakeRequest | undefined;

    override open(method: string, url: string | URL, ...rest: any[]): void {
      const found = serverAt(url);
      this.fake = found && new FakeRequest(this, found.server, method.toUpperCase(), found.path);
      if (!this.fake) (super.open as any)(method, url, ...rest);
    }

    override setRequestHeader(name: string, value: string): void {
      if (this.fake) this.fake.headers[name.toLowerCase()] = value;
      else super.setRequestHeader(name, value);
    }

    override send(body?: any): void {
      if (this.fake) void this.fake.send(body ?? '');
      else super.send(body);
    }

    override abort(): void {
      if (this.fake) this.fake.end('abort');
      else super.abort();
    }

    override getResponseHeader(name: string): string | null {
      return this.fake ? (this.fake.answer?.headers[name.toLowerCase()] ?? null) : super.getResponseHeader(name);
    }

    override getAllResponseHeaders(): string {
      if (!this.fake) return super.getAllResponseHeaders();
      return Object.entries(this.fake.answer?.headers ?? {})
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('');
    }
  };
}

class FakeRequest {
  readonly headers: { [name: string]: string } = {};
  answer: HttpAnswer | undefined;
  private ended = false;
  private type: XMLHttpRequestResponseType = '';

  constructor(
    private readonly owner: XMLHttpRequest,
    private readonly server: FakeServer,
    private readonly method: string,
    private readonly path: string,
  ) {
    const show = (name: string, get: () => unknown, set?: (value: any) => void) =>
      Object.defineProperty(owner, name, { get, ...(set && { set }), configurable: true });
    show('readyState', () => (this.ended ? 4 : 1));
    show('status', () => this.answer?.status ?? 0);
    show('statusText', () => '');
    show('response', () => this.response());
    show('responseText', () => (this.answer ? text(this.answer) : ''));
    show(
      'responseType',
      () => this.type,
      (type) => (this.type = type),
    );
    show('responseURL', () => (this.answer ? this.server.url + this.path : ''));
  }

  async send(body: any): Promise<void> {
    const { method, path, headers } = this;
    const form = body instanceof FormData ? await formOf(body) : undefined;
    const request: HttpRequest = { method, path, headers, body: form ? '' : String(body), ...(form && { form }) };
    const size = form?.upload?.bytes.length ?? request.body.length;
    try {
      if (size && !this.ended) this.tell(this.owner.upload, 'progress', size);
      const answer = await this.server.network.http(request);
      if (this.ended) return;
      this.answer = answer;
      this.end('load');
    } catch (thrown) {
      if (!(thrown instanceof NoNetwork)) throw thrown;
      this.end('error');
    }
  }

  end(how: 'load' | 'error' | 'abort'): void {
    if (this.ended) return;
    this.ended = true;
    this.owner.dispatchEvent(new Event('readystatechange'));
    this.tell(this.owner, how);
    this.tell(this.owner, 'loadend');
  }

  private response(): unknown {
    const { answer } = this;
    if (!answer) return this.type === '' || this.type === 'text' ? '' : null;
    const bytes = typeof answer.body === 'string' ? new TextEncoder().encode(answer.body) : answer.body;
    if (this.type === 'blob') return new Blob([bytes as BlobPart], { type: answer.headers['content-type'] ?? '' });
    if (this.type === 'arraybuffer') return bytes.slice().buffer;
    return this.type === 'json' ? JSON.parse(text(answer)) : text(answer);
  }

  private tell(target: EventTarget, name: string, total = 0): void {
    target.dispatchEvent(new ProgressEvent(name, { lengthComputable: total > 0, loaded: total, total }));
  }
}

const text = ({ body }: HttpAnswer) => (typeof body === 'string' ? body : new TextDecoder().decode(body));
