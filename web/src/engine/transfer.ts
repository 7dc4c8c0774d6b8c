// Moves a file to the server or from it, as the core orders. It uses XMLHttpRequest, because fetch
// does not report the progress of an upload. The browser streams the file; not a byte of it enters
// the page or the core.

import type { FileTransfer, TransferOrder } from '../shared/contract';
import { reason, report } from '../shared/errors';

// In place of a status.
const UNREADABLE = -1;
export const GIVEN_UP = -2;

export class Transfer implements FileTransfer {
  /** The downloaded file. */
  content: Blob | undefined;
  private request: XMLHttpRequest | undefined;
  private silent: ReturnType<typeof setTimeout> | undefined;
  private reported = -1;
  private abandon = () => {};

  constructor(
    private readonly file?: File,
    private readonly onProgress?: (progress: number) => void,
    private readonly signal?: AbortSignal,
  ) {}

  begun(abandon: () => void): void {
    this.abandon = abandon;
    this.signal?.addEventListener('abort', abandon);
    if (this.signal?.aborted) abandon(); // while the call waited for `ICF.init`
  }

  /** Makes one attempt. `answer` gets the status (0: the server was not reached, -1: the file cannot be read) and the text. */
  move({ url, headers, form, silence }: TransferOrder, answer: (status: number, text: string) => void): void {
    const request = (this.request = new XMLHttpRequest());
    const alive = () => {
      clearTimeout(this.silent);
      this.silent = setTimeout(() => request.abort(), silence);
    };
    request.open(form ? 'POST' : 'GET', url);
    request.responseType = 'blob';
    for (const name in headers) request.setRequestHeader(name, headers[name]!);
    request.onprogress = alive;
    request.upload.onprogress = ({ loaded, total }) => {
      alive();
      // 100 is for the server's answer.
      this.report(Math.min(99, Math.floor((100 * loaded) / total)));
    };
    request.onloadend = async () => {
      clearTimeout(this.silent);
      const [status, text] = await this.outcome(request).catch((thrown) => [0, reason(thrown)] as const);
      if (this.request === request) answer(status, text);
    };
    alive();
    if (!form) return request.send();
    this.report(0);
    const body = new FormData();
    for (const name in form) body.append(name, form[name]!);
    body.append('media', this.file!);
    request.send(body);
  }

  /** The core has ended the call. */
  end(done: boolean): void {
    const request = this.request;
    this.request = undefined;
    clearTimeout(this.silent);
    this.signal?.removeEventListener('abort', this.abandon);
    request?.abort();
    if (done) this.report(100);
  }

  private async outcome(request: XMLHttpRequest): Promise<readonly [number, string]> {
    const { status, response } = request;
    if (status === 200 && !this.file) {
      this.content = response;
      return [status, ''];
    }
    if (status) return [status, await response.text()];
    try {
      // A file that was changed or removed meanwhile fails in the same way as a lost connection.
      await this.file?.slice(0, 1).arrayBuffer();
      return [0, 'the connection failed'];
    } catch (thrown) {
      return [UNREADABLE, reason(thrown)];
    }
  }

  private report(progress: number): void {
    if (!this.file || progress <= this.reported) return;
    this.reported = progress;
    try {
      this.onProgress?.(progress);
    } catch (thrown) {
      report(thrown);
    }
  }
}
