import { init } from 'parley-chat';

init({ appId: 'demo' }).catch(({ code, message }) => postMessage(`${code} ${message}`));
