// The two requests of the page.

import type { Link } from './link';

/** A question as the app's settings have it. */
export interface Question {
  id: string;
  text: string;
  type: 'rating' | 'choice' | 'text';
  options?: string[];
  required?: boolean;
}

export interface Survey {
  title: string;
  questions: Question[];
}

/** Answers by the ids of their questions: 1 to 5 of a rating, else a text. */
export type Answers = Record<string, number | string>;

/** A request that failed. */
export class Refusal extends Error {
  /** `code` is the HTTP status, 0 when no answer came. */
  constructor(
    readonly code: number,
    message: string,
  ) {
    super(message);
  }

  /** Whether the same request may succeed later. */
  get passes(): boolean {
    return this.code === 0 || this.code === 408 || this.code === 429 || this.code >= 500;
  }
}

const patience = 20_000;

/** Fetches the questions. */
export const questions = (link: Link): Promise<{ survey: Survey; answered: boolean }> => ask(link, 'form', {});

/** Sends the answers. Only the first ones count. */
export const send = (link: Link, answers: Answers): Promise<unknown> => ask(link, 'answers', { answers });

async function ask(link: Link, what: string, body: object): Promise<any> {
  let response: Response;
  let data: any;
  try {
    response = await fetch(`../v1/surveys/${link.surveyId}/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-hyper-appid': link.appId },
      body: JSON.stringify({ ...body, link: link.token }),
      signal: AbortSignal.timeout(patience),
    });
    data = await response.json().catch(() => ({}));
  } catch {
    throw new Refusal(0, 'no answer');
  }
  if (!response.ok) throw new Refusal(response.status, String(data?.error?.message ?? `status ${response.status}`));
  return data;
}
