// The link that the visitor followed: the fragment of the address, which browsers send to no
// server, so that no log has it.

/** A link to a survey: `#<app>/<survey>/<token>`. */
export interface Link {
  appId: string;
  surveyId: string;
  token: string;
}

/** Reads a fragment; null if it is no link to a survey. */
export function readLink(fragment: string): Link | null {
  const [appId, surveyId, token, ...rest] = fragment.replace(/^#/, '').split('/');
  if (!appId || !surveyId || !token || rest.length > 0) return null;
  return { appId, surveyId, token };
}
