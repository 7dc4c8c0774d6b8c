// Where a page requires trusted types, the address of a script or a Worker must come from a policy, which can be made only once.

let policy: { createScriptURL(url: string): string } | undefined;

/** The address in the form that the page requires. */
export function trusted(url: string): string {
  policy ??= (globalThis as any).trustedTypes?.createPolicy('parley', { createScriptURL: (address: string) => address });
  return policy?.createScriptURL(url) ?? url;
}
