// A project of somebody else: made anew in a folder of its own, with the packed package installed, built and served.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, extname, join, normalize } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Spec } from './projects.ts';

const sources = fileURLToPath(new URL('projects', import.meta.url));
const web = fileURLToPath(new URL('../..', import.meta.url));
const upWithin = 120_000;

const run = promisify(execFile);

/** Packs the package, as `npm publish` does. Gives the file, and removes it by `remove`. */
export async function pack(): Promise<{ tarball: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'parley-pack-'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: web });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  return { tarball: join(folder, filename), remove: () => rm(folder, { recursive: true, force: true }) };
}

export class Project {
  private readonly processes: ChildProcess[] = [];
  private readonly servers: Server[] = [];
  private output = '';

  private constructor(
    readonly spec: Spec,
    readonly folder: string,
    private readonly chatServer: string,
  ) {}

  /** Makes the project and installs what it needs. `chatServer` stands in its pages for %SERVER%. */
  static async make(spec: Spec, tarball: string, chatServer: string): Promise<Project> {
    const project = new Project(spec, await mkdtemp(join(tmpdir(), 'parley-project-')), chatServer);
    for (const part of ['shared', ...spec.files]) await cp(join(sources, part), project.folder, { recursive: true });
    const manifest = {
      name: 'project',
      private: true,
      type: 'module',
      dependencies: { ...spec.packages, 'parley-chat': `file:${tarball}` },
    };
    await writeFile(join(project.folder, 'package.json'), JSON.stringify(manifest));
    await project.command('npm install --no-audit --no-fund --prefer-offline --loglevel=error');
    return project;
  }

  /** Builds it, if it is to be built, and serves it. Gives the address. */
  async production(): Promise<string> {
    if (this.spec.build) await this.command(this.spec.build);
    if (this.spec.start) return this.service(this.spec.start);
    return this.files(join(this.folder, this.spec.folder!));
  }

  /** Starts its development server. Gives the address. */
  development(): Promise<string> {
    return this.service(this.spec.dev!);
  }

  /** Runs a command in it; gives what it wrote. */
  async command(line: string): Promise<string> {
    const { code, output } = await this.ended(this.spawn(line));
    if (code !== 0) throw new Error(`${line}: ${code}\n${output}`);
    return output;
  }

  /** Ends what runs, and removes it. */
  async remove(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
    for (const { pid, exitCode } of this.processes) {
      if (pid && exitCode === null) process.kill(-pid, 'SIGKILL');
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  private async service(line: string): Promise<string> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const service = this.spawn(line.replaceAll('{port}', String(port)));
    const giveUp = Date.now() + upWithin;
    while (!(await answers(url))) {
      if (service.exitCode !== null || Date.now() > giveUp) throw new Error(`${line} did not come up:\n${this.output}`);
      await wait(100);
    }
    return url;
  }

  // A server of files as those of single-page apps are: whatever is not there is the page.
  private async files(folder: string): Promise<string> {
    const server = createServer(async (request, response) => {
      const path = normalize(decodeURIComponent(new URL(request.url!, 'http://page').pathname));
      const name = path.endsWith('/') ? `${path}index.html` : path;
      const found = await readFile(join(folder, name)).catch(() => undefined);
      response.setHeader('content-type', found ? (types[extname(name)] ?? 'application/octet-stream') : types['.html']!);
      if (found && extname(name) !== '.html') return response.end(found);
      const page = found ?? (await readFile(join(folder, 'index.html')));
      return response.end(page.toString().replaceAll('%SERVER%', this.chatServer));
    });
    this.servers.push(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  private spawn(line: string): ChildProcess {
    const bin = join(this.folder, 'node_modules', '.bin');
    const child = spawn('sh', ['-c', line], {
      cwd: this.folder,
      detached: true, // a group of its own, which is ended as one
      stdio: ['pipe', 'pipe', 'pipe'], // some development servers end with their input
      env: { ...environment, PATH: `${bin}${delimiter}${process.env.PATH}` },
    });
    this.processes.push(child);
    this.output = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-20_000);
      });
    }
    return child;
  }

  private async ended(child: ChildProcess): Promise<{ code: number | null; output: string }> {
    const [code] = await once(child, 'close');
    return { code, output: this.output };
  }
}

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
};

// What the tests' runner sets is not for the projects.
const { NODE_ENV: _, NODE_OPTIONS: __, FORCE_COLOR: ___, ...inherited } = process.env;
const environment = { ...inherited, CI: '1', NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1', NO_COLOR: '1' };

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(60_000) })).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
