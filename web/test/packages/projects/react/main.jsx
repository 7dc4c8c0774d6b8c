import { Api, Chat, init, Lobby } from 'parley-chat';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { talk } from './talk.js';

function Page() {
  const [state, setState] = useState({ lines: [] });
  const [send, setSend] = useState();
  useEffect(() => {
    talk({ Api, Chat, init, Lobby }, setState).then((sending) => setSend(() => sending));
  }, []);
  return (
    <>
      <ul>
        {state.lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {send && <input onKeyDown={(event) => event.key === 'Enter' && send(event.target.value)} />}
      {state.closed && <p role="status">closed</p>}
    </>
  );
}

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <Page />
  </StrictMode>,
);
