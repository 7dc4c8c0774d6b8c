import { ICF } from 'parley-chat';
import { ChatProvider } from 'parley-chat/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Talk } from './Talk.jsx';

const server = new URLSearchParams(location.search).get('server');

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <ChatProvider icf={ICF} options={{ appId: 'demo', server }}>
      <Talk />
    </ChatProvider>
  </StrictMode>,
);
