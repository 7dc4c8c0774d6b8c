// The broadest domain that a cookie of this page may have. The browser knows the public
// suffixes and refuses a cookie for `co.uk` (RFC 6265, section 5.3), so the first domain
// that it accepts is the registrable one.

const probe = 'i.cc.probe';

/** The registrable domain of the page, or "" where cookies can only be the host's own. */
export function registrableDomain(): string {
  const parts = location.hostname.split('.');
  if (/^[\d.]+$|:/.test(location.hostname)) return '';
  try {
    for (let i = parts.length - 2; i >= 0; i--) {
      // a top level is never accepted
      const domain = parts.slice(i).join('.');
      document.cookie = `${probe}=1; Path=/; SameSite=Lax; Domain=${domain}`;
      if (document.cookie.includes(`${probe}=1`)) {
        document.cookie = `${probe}=; Path=/; Domain=${domain}; Max-Age=0`;
        return domain;
      }
    }
  } catch {
    // A sandboxed page has no cookies.
  }
  return '';
}
