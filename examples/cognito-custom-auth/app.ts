import express, { type Express } from 'express';
import { html, page, style } from '../oidc-broker/look.ts';
import { pageScript } from './page-script.ts';

/** What the page is told of where it signs in. */
export type AppSettings = {
  readonly userPoolId: string;
  readonly clientId: string;
  /** Of Cognito; at AWS the libraries know it by the pool's region. */
  readonly endpoint: string;
  /** Of Stepward's pages. */
  readonly challengeOrigin: string;
};

const body = html`<p id="status" role="status">One moment</p>
<dl class="claims" id="claims"></dl>
<div id="signed-out" hidden><form id="sign-in">
<label>User name <input name="username" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button>
</form></div>
<p><button id="sign-out" hidden>Sign out</button></p>
<script type="module" src="/page.js"></script>`;

/** Serves one of the applications; it has no server of its own but for its files. */
export const createApp = async (title: string, file: string, settings: AppSettings): Promise<Express> => {
  const script = await pageScript(file);
  const app = express();
  app.use(style);
  app.get('/settings.json', (_, response) => void response.json(settings));
  app.get('/page.js', (_, response) => void response.type('js').send(script));
  app.get('/', (_, response) => {
    // a frame of Stepward's pages and no other
    response.setHeader('Content-Security-Policy', `frame-src ${settings.challengeOrigin}; frame-ancestors 'none'`);
    response.send(page('Harbour', title, body));
  });
  return app;
};
