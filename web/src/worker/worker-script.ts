// Entry of the Worker's file: a core, which the page's half of the bridge drives by messages (engine/remote.ts). A message
// is a list of arrays, each with a name and its values.

import { tap } from '../debug/tap';
import { Joined } from '../engine/joined';
import { watchPolicy } from '../engine/policy';
import type { FromPage, ToPage } from '../engine/remote';
import { Runner } from '../engine/runner';
import { compileFirst } from '../sdk/compile';
import { ParleyError, reason } from '../shared/errors';
import { log } from '../shared/logger';

const scope = globalThis as unknown as { postMessage(message: unknown): void; onmessage: (event: MessageEvent) => void };
const said = new Joined<unknown[]>((message) => scope.postMessage(message));
const post = <Name extends keyof ToPage>(name: Name, ...values: Parameters<ToPage[Name]>) => said.send([name, ...values]);

let runner: Runner;
let recorded: (() => void) | undefined;

const messages: FromPage = {
  async start(beginning, addresses) {
    const ends = { apply: (batch: any) => post('apply', batch), failed: (message: string) => post('failed', message) };
    watchPolicy((message) => post('refused', message));
    try {
      runner = await Runner.start(() => compileFirst(PARLEY_WASM, addresses), beginning, ends);
      post('started');
    } catch (thrown) {
      post('failed', reason(thrown), thrown instanceof ParleyError ? { ...thrown } : undefined);
    }
  },
  command: (...values) => runner.command(...values),
  fetched: (...values) => runner.fetched(...values),
  page: (kind) => runner.page(kind),
  figures: () => post('figures', runner.stats()),
  ping: (question) => post('pong', question),
  record(from) {
    recorded?.();
    recorded = from && tap(runner.program!, from, (entry) => post('recorded', entry));
  },
  async stop() {
    await runner.stop();
    post('stopped'); // the page ends the Worker
  },
};

const levels = ['debug', 'info', 'warn', 'error'] as const;
log.to = Object.fromEntries(levels.map((level) => [level, (text: string) => post('log', level, text)]));
scope.onmessage = ({ data }) => {
  for (const [name, ...values] of data) (messages as any)[name](...values);
};
post('here');
