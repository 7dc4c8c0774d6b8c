// The broadest domain that a cookie of this page may have. There is no list
// of public suffixes in a page, but the browser has one: it refuses a cookie
// for `co.uk`, so the first domain that it accepts is the registrable one.

const probe = 'i.cc.probe';

/** The registrable domain of the page, or "" where cookies can only be the host's own. */
export function registrableDomain(): string {
  const parts = location.hostname.split('.');
  if (parts.length < 2 || /^[\d.]+$|:/.test(location.hostname)) return '';
  try {
    for (let i = parts.length - 1; i >= 0; i--) {
      const domain = parts.slice(i).join('.');
      document.cookie = `${probe}=1; Path=/; SameSite=Lax; Domain=${domain}`;
      if (document.cookie.includes(`${probe}=1`)) {
        document.cookie = `${probe}=; Path=/; Domain=${domain}; Max-Age=0`;
        return domain;
      }
    }
  } catch {
    // A sandboxed page has no cookies at all.
  }
  return '';
}
