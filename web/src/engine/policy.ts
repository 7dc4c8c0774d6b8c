// What the page's content security policy refuses of the connection to the server. A failed request does not
// say so; an event does.

/** Why requests fail, empty if it is not the policy. */
let requests = '';

/** The reason of a request that the policy has refused; given in a task after its failure. */
export const refusal = (): string => requests;

/** Until `over`, calls `told` once for each thing that the policy does not allow at the host of the address of that moment. */
export function watchPolicy(address: () => string, over: AbortSignal, told: (message: string) => void): void {
  const seen = new Set<string>();
  const note = ({ blockedURI, effectiveDirective, disposition }: SecurityPolicyViolationEvent) => {
    const { host } = new URL(address());
    // A policy that only reports lets everything pass.
    if (disposition === 'report' || effectiveDirective !== 'connect-src' || blockedURI.split('/')[2] !== host) return;
    const { origin } = new URL(blockedURI);
    if (seen.has(origin)) return;
    seen.add(origin);
    const message = `the page's policy lacks ${origin} in ${effectiveDirective}`;
    if (!origin.startsWith('ws')) requests = message;
    told(message);
  };
  document.addEventListener('securitypolicyviolation', note, { signal: over });
}
