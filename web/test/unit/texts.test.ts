// The texts of the window, of the survey, and of the console: each language has all of them, for each of its plurals, with the same values; and none is left over.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Texts } from '../../src/element/texts';
import { isFromTheRight, languageOf, languages, localeOf } from '../../src/ui/languages';

type Sentence = string | Record<string, string>;

// The tests run in web.
const read = async (file: string): Promise<Record<string, Sentence>> => JSON.parse(await readFile(`src/${file}`, 'utf8'));
// Who says them: the texts in English, and the folders with what says them.
const words = await read('ui/words.json');
const speakers = {
  element: { english: { ...words, ...(await read('element/texts/en.json')) }, code: ['element', 'ui'] },
  console: {
    english: { ...words, ...(await read('console/texts/en.json')) },
    code: ['console', 'console/model', 'console/manage', 'console/manage/model', 'console/manage/settings', 'ui'],
  },
  survey: { english: await read('survey/texts/en.json'), code: ['survey'] },
};

const forms = (sentence: Sentence) => (typeof sentence === 'string' ? [sentence] : Object.values(sentence));
const values = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();

/** The plural categories that a language has for whole numbers up to a thousand. */
const categories = (language: string) =>
  new Set(Array.from({ length: 1001 }, (_, n) => new Intl.PluralRules(language).select(n) as string)).add('other');

// What some languages say as English does.
const alike =
  /^(launcher|said|(role\.)?agents?|assistant|optional|log|save\.\w+|act\.of|details(\.\w+)?|audit\.(webhook|export|agent)|supervisor|offline(\.who)?|chats|team\.(chats|name)|system|sessions|passkeys|login\.app|waiting\.place|transfer\.load|password|notify|invitations|notes|tags|set\.text)$/;

for (const [speaker, { english, code }] of Object.entries(speakers)) {
  test(`${speaker}: there is a file for each language, and for no other`, async () => {
    const files = (await readdir(`src/${speaker}/texts`)).map((name) => name.replace('.json', '')).sort();
    assert.deepEqual(files, ['en', ...languages].sort());
  });

  for (const language of languages) {
    test(`${speaker}: the texts in ${language} are those in English`, async () => {
      const texts = await read(`${speaker}/texts/${language}.json`);
      assert.deepEqual(Object.keys(texts), Object.keys(english));
      for (const [key, sentence] of Object.entries(texts)) {
        const model = english[key]!;
        assert.equal(typeof sentence, typeof model, key);
        if (typeof sentence !== 'string') assert.deepEqual(new Set(Object.keys(sentence)), categories(language), key);
        const all = values(forms(model).at(-1)!);
        assert.deepEqual(values(forms(sentence).at(-1)!), all, key);
        for (const form of forms(sentence)) for (const name of values(form)) assert.ok(all.includes(name), `${key}: {${name}}`);
        if (forms(sentence).join() === forms(model).join()) assert.match(key, alike, `${key} is not translated`);
      }
    });
  }

  test(`${speaker}: each text is said somewhere`, async () => {
    let said = '';
    for (const folder of code) {
      for (const name of await readdir(`src/${folder}`)) if (name.endsWith('.ts')) said += await readFile(`src/${folder}/${name}`, 'utf8');
    }
    // Those whose key is put together: the state of a message, why somebody left, a place in the queue; a role, a format, a kind of act, a
    // reason of the server.
    const composed = /^(tick|left|role|save|audit|error|set\.words)\.[\w.-]+$|^(queue|next)(\.time)?$/;
    for (const key of Object.keys(english)) assert.ok(composed.test(key) || said.includes(`'${key}'`), key);
  });
}

test('a tag leads to the texts that it means', () => {
  for (const [tag, language] of [
    ['en-GB', undefined],
    ['de-AT', 'de'],
    ['pt', 'pt-BR'],
    ['pt-AO', 'pt-PT'],
    ['zh', 'zh-Hans'],
    ['zh-TW', 'zh-Hant'],
    ['iw', 'he'],
    ['eo', undefined],
    ['not a tag', undefined],
  ] as const)
    assert.equal(languageOf(tag), language, tag);
});

test('braces in the words of a page or a supervisor stay', () => {
  const texts = new Texts();
  texts.replace({ welcome: 'What does {product} cost?' });
  assert.equal(texts.say('welcome'), 'What does {product} cost?');
});

test('the direction of a language is known, with a script and without one', () => {
  const fromTheRight = (tag: string) => isFromTheRight(localeOf(tag));
  for (const tag of ['ar', 'ar-EG', 'he', 'iw', 'fa', 'ur', 'ps-AF', 'dv', 'pa-Arab', 'en-Arab']) assert.ok(fromTheRight(tag), tag);
  for (const tag of ['en', 'en-GB', 'de', 'zh', 'ja', 'ar-Latn', 'uz', 'pa', 'not a tag']) assert.ok(!fromTheRight(tag), tag);
});

test('plurals, numbers, lists and times are those of the language, and strangers turn nothing around', async () => {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { languages: ['en-GB'] } });
  const texts = new Texts();
  assert.equal(texts.say('log.unseen', { n: 1 }), '1 new message');
  texts.speak('pl', await read('element/texts/pl.json'));
  assert.deepEqual(
    [1, 3, 5, 1234].map((n) => texts.say('log.unseen', { n })),
    ['1 nowa wiadomość', '3 nowe wiadomości', '5 nowych wiadomości', `${new Intl.NumberFormat('pl').format(1234)} nowe wiadomości`],
  );
  texts.speak('de', await read('element/texts/de.json'));
  assert.equal(
    texts.say('talking', { names: texts.list(['Ada', 'Grace', 'שלום']) }),
    'Sie sprechen mit \u2068Ada, Grace und \u2068שלום\u2069\u2069',
  );
  assert.equal(texts.span(61), '2 Minuten');
  texts.replace({ talking: 'Ihr Kontakt: {names}' });
  assert.equal(texts.say('talking', { names: 'Ada' }), 'Ihr Kontakt: Ada');
  texts.speak('ar', await read('element/texts/ar.json'));
  assert.equal(texts.rightToLeft, true);
  assert.equal(texts.say('joined', { name: 'Ada' }), 'انضم \u2068Ada\u2069 إلى المحادثة.');
});
