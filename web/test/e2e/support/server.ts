// A parleyd of a test: started on a free port with demo data in a folder of its
// own, and stopped, killed and started again on the same port and data. The data
// are a copy of those of build.ts: hashing the demo's passwords for each test is dear.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { get } from './http.ts';

const startTimeout = 20_000;
const stopTimeout = 15_000;
const keptOutput = 64 * 1024;

export class Server {
  private process: ChildProcess | undefined;
  private folder = '';
  private written = '';
  private chosenPort = 0;
  private readonly flags: string[];

  /** The program, and what it gets in its environment. */
  program = process.env.PARLEYD ?? 'parleyd';
  environment: Record<string, string> = {};

  /** `flags` are added to those that every test server gets. */
  constructor(...flags: string[]) {
    this.flags = flags;
  }

  /** Origin of the server, such as http://127.0.0.1:4711; the same after each start. */
  get url(): string {
    return `${this.flags.includes('-tls-cert') ? 'https' : 'http'}://127.0.0.1:${this.chosenPort}`;
  }

  /** The folder of its data, once it was started. */
  get data(): string {
    return this.folder;
  }

  get port(): number {
    return this.chosenPort;
  }

  get running(): boolean {
    return this.process !== undefined && this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The end of what the server printed. */
  get output(): string {
    return this.written;
  }

  /** Starts the server and returns when it is healthy. Does nothing when it runs. */
  async start(): Promise<void> {
    if (this.running) return;
    this.folder ||= await copyOf(process.env.PARLEYD_DATA);
    const args = ['-addr', `127.0.0.1:${this.chosenPort}`, '-data', this.folder, '-demo', ...this.flags];
    const program = spawn(this.program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...environment(), ...this.environment },
    });
    this.process = program;
    this.written = '';
    for (const stream of [program.stdout, program.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.written = (this.written + text).slice(-keptOutput);
      });
    }
    program.on('error', (error) => {
      this.written += `${error.message}\n`;
    });

    const giveUp = Date.now() + startTimeout;
    while (!(await this.healthy())) {
      if (!this.running || Date.now() > giveUp) {
        await this.end('SIGKILL');
        throw new Error(`parleyd ${args.join(' ')} did not come up:\n${this.written}`);
      }
      await wait(25);
    }
  }

  /** Asks the server to end (SIGTERM) and fails unless it does so with exit code 0. */
  async stop(): Promise<void> {
    const code = await this.end('SIGTERM');
    if (code !== 0) throw new Error(`parleyd ended with ${code ?? 'no answer to SIGTERM'}:\n${this.written}`);
  }

  /** Ends the server as a power cut does (SIGKILL). */
  async kill(): Promise<void> {
    const { process } = this;
    await this.end('SIGKILL');
    if (process?.signalCode !== 'SIGKILL') throw new Error('the server was not killed: it had ended before');
  }

  /** Stops the server and removes its data. */
  async dispose(): Promise<void> {
    try {
      if (this.running) await this.stop();
    } finally {
      await rm(this.folder, { recursive: true, force: true });
    }
  }

  private async end(signal: NodeJS.Signals): Promise<number | null> {
    const program = this.process;
    this.process = undefined;
    if (!program?.pid || program.exitCode !== null || program.signalCode !== null) return program?.exitCode ?? 0;
    const ended = once(program, 'exit') as Promise<[number | null]>;
    program.kill(signal);
    const [code] = await Promise.race([ended, wait(stopTimeout, [null], { ref: false })]);
    if (program.exitCode === null && program.signalCode === null) {
      program.kill('SIGKILL');
      await ended;
    }
    return code;
  }

  // The first address that the server prints is its own.
  private async healthy(): Promise<boolean> {
    this.chosenPort ||= Number(/https?:\/\/127\.0\.0\.1:(\d+)/.exec(this.written)?.[1] ?? 0);
    if (!this.chosenPort) return false;
    try {
      return (await get(`${this.url}/healthz`)).status === 200;
    } catch {
      return false;
    }
  }
}

async function copyOf(data: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-data-'));
  if (data) await cp(data, folder, { recursive: true });
  return folder;
}

// The caller's settings for a server of theirs must not reach the tests'.
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PARLEY_')));
}
