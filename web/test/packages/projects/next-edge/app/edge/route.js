import { init } from 'parley-chat';

export const runtime = 'edge';

export const GET = () => init({ appId: 'demo' }).catch(({ code, message }) => new Response(`${code} ${message}`));
