// Writes docs/reference.md from the types of the package:
//   node web/docs/reference.mjs           writes it
//   node web/docs/reference.mjs --check   fails when it is not what would be written

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Project, SyntaxKind } from 'ts-morph';

const types = fileURLToPath(new URL('../index.d.ts', import.meta.url));
const page = fileURLToPath(new URL('../../docs/reference.md', import.meta.url));

// What a reader looks for first; the rest follows as it stands in the types.
const first = [
  'Icf',
  'InitOptions',
  'ChatFactory',
  'Chat',
  'ChatEvents',
  'Lobby',
  'LobbyEvents',
  'Events',
  'Api',
  'Connection',
  'Helper',
  'Parley',
  'ParleyEvents',
];
// How pages name what a type describes.
const called = {
  Icf: 'ICF',
  ChatFactory: 'ICF.Chat',
  Chat: 'A chat',
  Lobby: 'ICF.Lobby',
  Events: 'ICF.Events',
  Api: 'ICF.Api',
  Connection: 'ICF.Connection',
  Helper: 'ICF.Helper',
  Parley: 'ICF.Parley',
};

const source = new Project({ useInMemoryFileSystem: false, skipAddingFilesFromTsConfig: true }).addSourceFileAtPath(types);
const declared = [...source.getInterfaces(), ...source.getTypeAliases()].sort((a, b) => a.getPos() - b.getPos());
const ordered = [
  ...first.map((name) => declared.find((one) => one.getName() === name) ?? fail(`web/index.d.ts has no ${name}`)),
  ...declared.filter((one) => !first.includes(one.getName())),
];

const text = [
  '<!-- Generated from web/index.d.ts; DO NOT EDIT. To change it, change the types and run `make docs`. -->',
  '',
  '# Reference of the SDK',
  '',
  'Everything that a page can use, as the types of the package describe it: the global `ICF` of the script, and the exports of',
  "`import { init, Chat, Lobby } from 'parley-chat'`, which are its members. A row such as *a.2 sendMessage* names the row of the documented",
  'chat interface ([Conformance](conformance.md)); what names none is Parley’s own. Each call says which errors it is rejected with; [Errors](errors.md) has them all.',
  '',
  ...ordered.flatMap(chapter),
].join('\n');

if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (!existsSync(page) || readFileSync(page, 'utf8') !== text)
  fail('docs/reference.md is not what web/index.d.ts says; run `make docs`');

function chapter(declaration) {
  const name = declaration.getName();
  const lines = [`## ${called[name] ? `${called[name]} (\`${name}\`)` : name}`, '', ...comment(declaration)];
  // What only holds data is read best as it stands.
  const isData =
    declaration.getKind() === SyntaxKind.TypeAliasDeclaration || (!first.includes(name) && declaration.getMethods().length === 0);
  if (isData) return [...lines, ...code(declaration.getText().replace(/^export /, ''))];
  const parents = declaration.getExtends().map((one) => `\`${one.getText()}\``);
  if (parents.length > 0) lines.push(`Also has the members of ${parents.join(' and ')}.`, '');
  return [...lines, ...declaration.getMembers().flatMap(member)];
}

function member(one) {
  const name = one.getName?.() ?? one.getText().split('(')[0];
  return [`### ${name.replace(/^'|'$/g, '')}`, '', ...code(one.getText().replace(/\/\*\*[\s\S]*?\*\/\s*/g, '')), ...comment(one)];
}

function code(lines) {
  return ['```ts', lines, '```', ''];
}

// A comment in Markdown: its text, then its errors and the row of the interface.
function comment(node) {
  const [doc] = node.getJsDocs?.() ?? [];
  if (!doc) return [];
  const tags = doc.getTags().map((tag) => ({ name: tag.getTagName(), text: wordsOf(tag) }));
  const of = (name) => tags.filter((tag) => tag.name === name).map((tag) => tag.text);
  const lines = [];
  const described = doc.getDescription().trim();
  if (described) lines.push(described, '');
  const params = doc.getTags().filter((tag) => tag.getTagName() === 'param');
  if (params.length > 0)
    lines.push(...params.map((tag) => `- \`${tag.getName()}\`: ${wordsOf(tag).slice(tag.getName().length).trim()}`), '');
  for (const text of of('returns')) lines.push(`Gives ${text}`, '');
  const errors = of('throws');
  if (errors.length > 0) lines.push('Errors:', '', ...errors.map((text) => `- ${text.replace(/^(\d+)/, '`$1`')}`), '');
  const rows = of('see');
  if (rows.length > 0) lines.push(`Row: ${rows.map((row) => `*${row}*`).join(', ')}.`, '');
  const known = ['param', 'returns', 'throws', 'see'];
  const unknown = tags.find(({ name }) => !known.includes(name));
  if (unknown) fail(`web/index.d.ts: the tag @${unknown.name} is none that the reference knows`);
  return lines;
}

// What stands behind the name of a tag. The compiler would take the first word of some for a name of the program.
function wordsOf(tag) {
  const text = tag.getText().replace(/^@\w+/, '');
  return text.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
}

function fail(reason) {
  console.error(`reference: ${reason}`);
  process.exit(1);
}
