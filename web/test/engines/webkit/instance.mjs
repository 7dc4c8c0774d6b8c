// One WebKitGTK browser: a MiniBrowser, the WebKitWebDriver that plays its user, and the inspector that tells of its
// pages. Each user context has its own, since all windows of an automated MiniBrowser share cookies and storage.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Inspector } from './inspector.mjs';

const starts = 60_000; // ms that a program may take until it listens
const patience = 20_000; // ms until a driver is given up: now and then a browser does not answer its
const attempts = 5;

export class Instance {
  session;
  last = Promise.resolve();
  window;

  /** Starts the browser. `environment` goes to it, for instance TZ. */
  static async start(options) {
    for (let attempt = 1; ; attempt++) {
      const instance = new Instance();
      try {
        await instance.begin(options);
        return instance;
      } catch (error) {
        await instance.stop();
        if (attempt === attempts) throw error;
      }
    }
  }

  async begin({ browser, driver, display, environment }) {
    this.home = mkdtempSync(join(tmpdir(), 'parley-webkit-'));
    const [port, driverPort] = [await freePort(), await freePort()];
    const own = { HOME: this.home, XDG_RUNTIME_DIR: this.home, DISPLAY: display, GDK_BACKEND: 'x11', NO_AT_BRIDGE: '1' };
    const env = { ...process.env, ...own, ...environment };
    this.programs = [
      spawn(browser, ['--automation'], { env: { ...env, WEBKIT_INSPECTOR_SERVER: `127.0.0.1:${port}` }, stdio: 'ignore' }),
      spawn(driver, [`--port=${driverPort}`, `--target=127.0.0.1:${port}`], { env, stdio: 'ignore' }),
    ];
    this.base = `http://127.0.0.1:${driverPort}`;
    const [early] = await Promise.all([connected(() => Inspector.connect(port)), connected(() => answers(driverPort))]);
    // The browser takes a driver only when it has a page and nothing else inspects it.
    const pages = await Promise.race([early.listed, setTimeout(starts)]);
    if (pages === undefined) throw new Error('WebKit has opened no window');
    early.close();
    const capabilities = { alwaysMatch: {} };
    const { sessionId } = await this.request('POST', '/session', JSON.stringify({ capabilities }), AbortSignal.timeout(patience));
    this.session = `/session/${sessionId}`;
    this.inspector = await Inspector.connect(port, pages);
    this.window = await this.ask('GET', '/window');
  }

  /** Does one thing at a time, since the driver has one current window. `window` becomes it, if given. */
  drive(method, path, body, window) {
    const done = this.last.then(async () => {
      if (window && window !== this.window) {
        await this.ask('POST', '/window', { handle: window });
        this.window = window;
      }
      return this.ask(method, path, body);
    });
    this.last = done.catch(() => {});
    return done;
  }

  async stop() {
    this.inspector?.close();
    for (const program of this.programs ?? []) program.kill('SIGKILL');
    await Promise.all((this.programs ?? []).map((program) => program.exitCode ?? program.signalCode ?? once(program, 'exit')));
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5 });
  }

  ask(method, path, body) {
    return method === 'POST' ? this.post(this.session + path, body ?? {}) : this.request(method, this.session + path);
  }

  post(path, body) {
    return this.request('POST', path, JSON.stringify(body));
  }

  async request(method, path, body, signal) {
    const answer = await fetch(this.base + path, { method, signal, ...(body && { body }) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`WebDriver ${method} ${path.replace(this.session, '')}: ${value?.error}: ${value?.message}`);
    return value;
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port) {
  await fetch(`http://127.0.0.1:${port}/status`);
}

// Tries again until the program listens.
async function connected(attempt) {
  const end = Date.now() + starts;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await setTimeout(50);
    }
  }
}
