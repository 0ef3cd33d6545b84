import type { RequestHandler } from 'express';
import type { Http } from './http.ts';

/** Mounts the dispatcher in Express, before any body parser. */
export const mountExpress =
  (http: Http): RequestHandler =>
  (request, response, next) => {
    if (!http(request, response)) next();
  };
