// A provider of OpenID Connect, which lets in jane.doe@example.com without asking.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../../..', import.meta.url));

export class Provider {
  private folder = '';
  private process: ChildProcess | undefined;

  /** Starts it, and gives the app's setting `login.oidc`. */
  async start(): Promise<Record<string, string>> {
    this.folder = await mkdtemp(join(tmpdir(), 'parley-provider-'));
    const program = join(this.folder, 'provider');
    await promisify(execFile)('go', ['build', '-o', program, './server/servertest/provider/serve'], { cwd: root });
    this.process = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(this.process.stdout!.setEncoding('utf8'), 'data')) as [string];
    return JSON.parse(line) as Record<string, string>;
  }

  /** It ends with its input. */
  async stop(): Promise<void> {
    if (this.process) {
      const ended = once(this.process, 'exit');
      this.process.stdin!.end();
      await ended;
    }
    this.process = undefined;
    await rm(this.folder, { recursive: true, force: true });
  }
}
