import { Lobby } from 'parley-chat';
import { Talk } from './talk-view.js';

export default function Page() {
  return (
    <>
      <h1>{Lobby.logged ? 'logged in' : 'on the server'}</h1>
      <Talk />
    </>
  );
}
