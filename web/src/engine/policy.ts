// What the page's content security policy refuses of the connection to the server. A failed request does not
// say so; an event does, in the thread that has made it.

// The hosts that the core connects to; what else the page does there or elsewhere is its own affair.
const hosts = new Set<string>();

// Why requests fail, empty if it is not the policy.
let requests = '';

/** Notes that the core connects to the host of this address. */
export const meets = (url: string): unknown => hosts.add(new URL(url).host);

/** The reason of a request that the policy has refused; given in a task after its failure. */
export const refusal = (): string => requests;

/** Calls `told`, until `over` if that is given, once for each thing that the policy does not allow at the hosts that the core connects to. */
export function watchPolicy(told: (message: string) => void, over?: AbortSignal): void {
  const seen = new Set<string>();
  const note = ({ blockedURI, effectiveDirective, disposition }: SecurityPolicyViolationEvent) => {
    // A policy that only reports lets everything pass.
    if (disposition === 'report' || effectiveDirective !== 'connect-src' || !hosts.has(blockedURI.split('/')[2]!)) return;
    const { origin } = new URL(blockedURI);
    if (seen.has(origin)) return;
    seen.add(origin);
    const message = `the page's policy lacks ${origin} in ${effectiveDirective}`;
    if (!origin.startsWith('ws')) requests = message;
    told(message);
  };
  // In a page it comes from the document, in a Worker from its global scope.
  addEventListener('securitypolicyviolation', note, { signal: over! });
}
