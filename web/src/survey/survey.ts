// The survey after a chat: shows the questions of the link, sends the answers, and posts a
// message to the page around it. While the server is away, nothing that was typed is lost.

import { Form } from './form';
import { type Link, readLink } from './link';
import { questions, Refusal, send } from './server';
import { type Key, say, speak } from './texts';

const title = document.getElementById('title')!;
const status = document.getElementById('status')!;
const problem = document.getElementById('problem')!;
const form = document.getElementById('form') as HTMLFormElement;
const button = document.getElementById('go') as HTMLButtonElement;

// What is wrong with a link, by the status of the answer.
const gone: Record<number, Key> = { 401: 'wrongLink', 403: 'wrongLink', 404: 'gone', 410: 'expired' };

// What the button does next.
let next: () => Promise<void>;
let busy = false;

async function load(link: Link): Promise<void> {
  status.textContent = say('loading');
  const { survey, answered } = await questions(link);
  document.title = title.textContent = survey.title || say('title');
  if (answered) return end(say('answered'));
  const shown = new Form(form, survey.questions);
  form.hidden = false;
  status.textContent = '';
  offer(say('send'), () => submit(link, shown));
}

async function submit(link: Link, shown: Form): Promise<void> {
  const answers = shown.read();
  if (!answers) return;
  if (Object.keys(answers).length === 0) throw new Refusal(400, say('some'));
  shown.locked = true;
  status.textContent = say('sending');
  try {
    await send(link, answers);
    done(say('thanks'));
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || refusal.code !== 409) throw refusal;
    done(say('answered'));
  } finally {
    shown.locked = false;
  }
}

function done(text: string): void {
  end(text);
  // To the page that frames this one, which may be any site: the message says nothing that it cannot see.
  if (parent !== window) parent.postMessage({ message: 'inbenta.survey.successful_answer' }, '*');
}

function end(text: string): void {
  form.hidden = button.hidden = true;
  status.textContent = text;
  title.focus();
}

function offer(label: string, act: () => Promise<void>): void {
  button.textContent = label;
  button.hidden = false;
  next = act;
}

// Does what the button says, and shows a failure, after which the visitor can try again.
async function go(): Promise<void> {
  if (busy) return;
  busy = true;
  button.setAttribute('aria-disabled', 'true');
  showProblem('');
  try {
    await next();
  } catch (thrown) {
    failed(thrown instanceof Refusal ? thrown : new Refusal(500, String(thrown)));
  } finally {
    busy = false;
    button.removeAttribute('aria-disabled');
  }
}

function failed(refusal: Refusal): void {
  const filled = !form.hidden;
  status.textContent = '';
  if (refusal.passes) {
    showProblem(say(filled ? 'kept' : 'away'));
    offer(say(filled ? 'sendAgain' : 'tryAgain'), next);
    return;
  }
  const known = gone[refusal.code];
  showProblem(known ? say(known) : refusal.message);
  button.hidden = known !== undefined;
}

function showProblem(text: string): void {
  const line = document.createElement('p');
  line.className = 'error';
  line.textContent = text;
  problem.replaceChildren(...(text ? [line] : []));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void go();
});
// Another link in the same frame changes only the fragment, which does not reload the page.
addEventListener('hashchange', () => location.reload());

const link = readLink(location.hash);
next = async () => {
  if (!link) throw new Refusal(401, '');
  await load(link);
};
void speak().then(() => {
  document.title = title.textContent = say('title');
  return go();
});
