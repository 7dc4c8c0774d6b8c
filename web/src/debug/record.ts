// ICF.Parley.debug, once it is started: the recording as an object, in the console and as a file.
// A file of its own, which only pages load that record.

import type { RecordFunction } from '../shared/contract';
import { log, write } from '../shared/logger';
import { Recorder } from './recorder';
import { type Entry, level, lines } from './timeline';

const bounds = { entries: 2000, characters: 2_000_000 };
const levels = ['debug', 'info', 'warn', 'error'] as const;

/** Begins a recording. */
export const record: RecordFunction = (host, options) => {
  const least = levels.indexOf(options.level ?? 'debug');
  const started = Date.now();

  const print = (entry: Entry) => {
    const at = level(entry);
    if (options.console === false || levels.indexOf(at) < least) return;
    const [title, ...effects] = lines(entry);
    if (log.to !== console) return write(at, [title, ...effects].join('\n'));
    console.groupCollapsed(`Parley ${at === 'debug' || at === 'info' ? '' : `${at}: `}${title}`);
    for (const effect of effects) write(at, effect);
    console.groupEnd();
  };

  const recorder = new Recorder({ ...bounds }, print);
  host.attach = (program, fresh) => recorder.attach(program, fresh);
  if (host.engine?.current) recorder.attach(host.engine.current, false);

  const exported = () => {
    const page = location.origin + location.pathname;
    const head = { parley: host.version, recording: 1, started, page, agent: navigator.userAgent, dropped: recorder.dropped };
    return `${[JSON.stringify(head), ...recorder.lines()].join('\n')}\n`;
  };

  return Object.assign(host.surface.parley.debug, {
    entries: () =>
      recorder.lines().map((json) => {
        const entry: Entry = JSON.parse(json);
        return { ...entry, level: level(entry), lines: lines(entry) };
      }),
    export: exported,
    save() {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([exported()], { type: 'application/jsonl' }));
      link.download = `parley-${new Date(started).toISOString().replace(/[:.]/g, '-')}.jsonl`;
      link.click();
      // A browser may begin to read it after this task.
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    },
    stop() {
      host.attach = host.recording = undefined;
      recorder.stop();
    },
  });
};
