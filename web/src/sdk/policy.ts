// What the page's content security policy refuses while the core is loaded. A failed load does not say so; an event does.

// What was refused last, and by which directive.
let refused: Partial<SecurityPolicyViolationEvent> = {};

/** Notes refusals from now on, until the function that it gives is called. */
export function watchPolicy(): () => void {
  const note = (event: SecurityPolicyViolationEvent) => {
    // A policy that only reports lets everything pass.
    if (event.disposition !== 'report') refused = event;
  };
  globalThis.addEventListener?.('securitypolicyviolation', note);
  return () => globalThis.removeEventListener?.('securitypolicyviolation', note);
}

/** What the policy lacks for the file at this address, and in which directive. */
export function lack(address: string): string | undefined {
  const { blockedURI, effectiveDirective } = refused;
  const what = { [address]: address, 'wasm-eval': "'wasm-unsafe-eval'", 'trusted-types-policy': 'parley' }[blockedURI!];
  return what && `the page's policy lacks ${what} in ${effectiveDirective}`;
}
