import express, { type Express } from 'express';
import { authOf, createResourceServer, type ResourceServerOptions } from '../../adapters/express/index.ts';

/** An API that shows a balance to whoever has a token, and pays for a user who has just proven a second factor. */
export const createApi = (options: ResourceServerOptions): Express => {
  const api = createResourceServer(options);
  const app = express();
  app.get('/balance', api.requireToken(), (_, response) => void response.json({ balance: 5_000 }));
  app.post(
    '/payments',
    api.requireStepUp({ acrValues: ['phr', 'urn:stepward:aal2'], maxAge: 300 }),
    express.json(),
    (request, response) => {
      const { sub, acr, auth_time } = authOf(request);
      response.status(201).json({ paid: request.body?.amount, by: sub, acr, auth_time });
    },
  );
  return app;
};
