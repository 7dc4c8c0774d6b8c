// The survey after a chat: shows the questions that the link is for, sends the
// answers, and tells the page around that they are given. Nothing that was typed
// is lost while the server is away.

import { Form } from './form';
import { type Link, readLink } from './link';
import { questions, Refusal, send } from './server';

const title = document.getElementById('title')!;
const status = document.getElementById('status')!;
const problem = document.getElementById('problem')!;
const form = document.getElementById('form') as HTMLFormElement;
const button = document.getElementById('go') as HTMLButtonElement;

const gone: Record<number, string> = {
  401: 'This link does not work. Was it copied as a whole?',
  403: 'This link does not work. Was it copied as a whole?',
  404: 'There is no such survey any more.',
  410: 'This link has expired.',
};
const away = 'The server cannot be reached at the moment.';

// What the button does next.
let next: () => Promise<void>;
let busy = false;

async function load(link: Link): Promise<void> {
  status.textContent = 'Loading the questions…';
  const { survey, answered } = await questions(link);
  document.title = title.textContent = survey.title || 'Survey';
  if (answered) return end('You have answered this survey already. Thank you!');
  const shown = new Form(form, survey.questions);
  form.hidden = false;
  status.textContent = '';
  offer('Send', () => submit(link, shown));
}

async function submit(link: Link, shown: Form): Promise<void> {
  const answers = shown.read();
  if (!answers) return;
  if (Object.keys(answers).length === 0) throw new Refusal(400, 'Please answer at least one question.');
  shown.locked = true;
  status.textContent = 'Sending…';
  try {
    await send(link, answers);
    done('Thank you for your answers!');
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || refusal.code !== 409) throw refusal;
    done('You have answered this survey already. Thank you!');
  } finally {
    shown.locked = false;
  }
}

function done(text: string): void {
  end(text);
  // To whoever frames this page, which may be any site: the message says nothing
  // that they do not see.
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

// Carries out what the button stands for; what fails is said, and can be tried again.
async function go(): Promise<void> {
  if (busy) return;
  busy = true;
  button.setAttribute('aria-disabled', 'true');
  tell('');
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
    tell(filled ? `${away} Your answers are still here; try again.` : `${away} Try again.`);
    offer(filled ? 'Send again' : 'Try again', next);
    return;
  }
  tell(gone[refusal.code] ?? refusal.message);
  button.hidden = refusal.code in gone;
}

function tell(text: string): void {
  const line = document.createElement('p');
  line.className = 'error';
  line.textContent = text;
  problem.replaceChildren(...(text ? [line] : []));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void go();
});
// A frame that is given another link changes no more than the fragment.
addEventListener('hashchange', () => location.reload());

const link = readLink(location.hash);
next = async () => {
  if (!link) throw new Refusal(401, '');
  await load(link);
};
void go();
