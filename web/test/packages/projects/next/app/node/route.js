import { init } from 'parley-chat';

export const dynamic = 'force-dynamic';

export const GET = () => init({ appId: 'demo' }).catch(({ code, message }) => new Response(`${code} ${message}`));
