import express, { type Express } from 'express';
import { html, page, style } from '../look.ts';
import { pageScript } from './page-script.ts';

const body = html`<p id="status" role="status">One moment</p>
<dl class="claims" id="claims"></dl>
<p><button id="sign-in" hidden>Sign in</button> <button id="renew" hidden>Renew silently</button> <button id="sign-out" hidden>Sign out</button></p>
<script src="/page.js"></script>`;

/** An application that is a page: it has no server of its own but for its files. */
export const createPage = async (settings: string): Promise<Express> => {
  const script = await pageScript();
  const app = express();
  app.use(style);
  app.get('/settings.json', (_, response) => void response.type('json').send(settings));
  app.get('/page.js', (_, response) => void response.type('js').send(script));
  app.get(['/', '/silent'], (_, response) => void response.send(page('Harbour Tides', 'Tides', body)));
  return app;
};
