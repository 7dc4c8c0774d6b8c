// The survey after a chat: shows the questions of the link, sends the answers, and posts a
// message to the page around it. While the server is away, nothing that was typed is lost.

import { Form } from './form';
import { type Link, readLink } from './link';
import { questions, Refusal, send } from './server';

const title = document.getElementById('title')!;
const status = document.getElementById('status')!;
const problem = document.getElementById('problem')!;
const form = document.getElementById('form') as HTMLFormElement;
const button = document.getElementById('go') as HTMLButtonElement;

const gone: Record<number, string> = {
  401: 'This link does not work. Please check that it is complete.',
  403: 'This link does not work. Please check that it is complete.',
  404: 'This survey no longer exists.',
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
  if (answered) return end('You have already answered this survey. Thank you!');
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
    done('You have already answered this survey. Thank you!');
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
    showProblem(filled ? `${away} Your answers are still here; try again.` : `${away} Try again.`);
    offer(filled ? 'Send again' : 'Try again', next);
    return;
  }
  showProblem(gone[refusal.code] ?? refusal.message);
  button.hidden = refusal.code in gone;
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
void go();
