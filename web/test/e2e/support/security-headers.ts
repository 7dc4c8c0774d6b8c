// The blocks of docs/security-headers.md: what a page sends without Parley and with it, and
// what it sends with Parley but for one thing that it needs.
import { readFileSync } from 'node:fs';

export const source = new URL('../../../../docs/security-headers.md', import.meta.url);

/** An answer: its headers, and the tag that is the page. A frame's page follows its tag. */
export interface Answer {
  headers: [name: string, value: string][];
  tag: string;
  frame?: Answer;
}

export interface Case {
  title: string;
  /** What the page does beside a chat: `keeps` the session, `forgets` it, `saves` a file, `shows` the survey. */
  mode: string;
  without: Answer;
  with: Answer;
}

/** An answer that misses one thing of those that a case adds. */
export interface Lack {
  /** What is missing, such as `'wasm-unsafe-eval'`, and where: a directive, a header, an attribute. */
  what: string;
  where: string;
  answer: Answer;
}

/** The cases of the page, with these words in place of its examples. */
export function cases(words: Record<string, string> = {}): Case[] {
  let text = readFileSync(source, 'utf8');
  for (const [word, value] of Object.entries(words)) text = text.replaceAll(word, value);
  let title = '';
  const found: Case[] = [];
  for (const [, heading, mode, block] of text.matchAll(/^## (.*)$|^```diff ?(\w*)\n([\s\S]*?)^```$/gm)) {
    if (heading) title = heading;
    else found.push({ title, mode: mode!, without: answer(block!, '-'), with: answer(block!, '+') });
  }
  return found;
}

function answer(block: string, sign: string): Answer {
  const lines = block.split('\n').filter((line) => line[0] === ' ' || line[0] === sign);
  let made: Answer = { headers: [], tag: '' };
  for (const line of lines.reverse()) {
    const text = line.slice(1);
    if (text.startsWith('<iframe')) made = { headers: [], tag: text, frame: made };
    else if (text.startsWith('<')) made.tag = text;
    else made.headers.unshift(/^([\w-]+): (.*)$/.exec(text)!.slice(1) as [string, string]);
  }
  return made;
}

/** The answer of a case without each thing that it adds, in turn. */
export function lacks({ without, with: whole }: { without: Answer; with: Answer }): Lack[] {
  const found: Lack[] = [];
  for (const [at, [name, value]] of whole.headers.entries()) {
    const others = whole.headers.filter((_, n) => n !== at);
    const before = without.headers.find(([other]) => other === name)?.[1];
    if (before === undefined) {
      found.push({ what: value, where: name, answer: { ...whole, headers: others } });
      continue;
    }
    const [had, has] = [directives(before), directives(value)];
    for (const [where, sources] of has) {
      const old = had.get(where) ?? (where.endsWith('-src') ? had.get('default-src') : undefined) ?? [];
      for (const what of sources.filter((source) => !old.includes(source))) {
        const fewer = new Map(has).set(
          where,
          sources.filter((source) => source !== what),
        );
        const policy = [...fewer].map((directive) => directive.flat().join(' ')).join('; ');
        found.push({ what, where, answer: { ...whole, headers: [...others, [name, policy]] } });
      }
    }
  }
  const before = words(without.tag);
  for (const word of words(whole.tag)) {
    if (!before.includes(word)) found.push({ what: word, where: 'tag', answer: { ...whole, tag: whole.tag.replace(word, '') } });
  }
  if (whole.frame) {
    for (const lack of lacks({ without: without.frame!, with: whole.frame }))
      found.push({ ...lack, answer: { ...whole, frame: lack.answer } });
  }
  return found;
}

const directives = (policy: string) =>
  new Map(policy.split(';').map((part): [string, string[]] => [part.trim().split(/\s+/)[0]!, part.trim().split(/\s+/).slice(1)]));

// The attributes of a tag; those of `sandbox` are its words.
const words = (tag: string): string[] => tag.match(/\ballow-[a-z-]+|\b(?!sandbox)[a-z]+="[^"]*"/g) ?? [];
