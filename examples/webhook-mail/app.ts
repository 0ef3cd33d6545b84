import express, { type Express } from 'express';
// in your own application: 'stepward/client'
import { constructEvent, SignatureError, type WebhookEvent } from '../../adapters/client/index.ts';
import { messageFor, type Sendable } from './message.ts';

export type Options = {
  /** The webhook's secret. */
  readonly secret: string;
  /** Hands a message to whoever sends it; rejects where that fails. */
  readonly send: (message: Sendable) => Promise<void>;
  readonly log: (line: string) => void;
  /** Milliseconds; the system's clock unless given. */
  readonly now?: () => number;
};

/** How many ids are remembered: more than come in the minutes in which a signature is good. */
const remembered = 10_000;

/** Takes `email.created`, checks that it is from Stepward, and sends the message. */
export const createApp = ({ secret, send, log, now }: Options): Express => {
  const app = express();
  const seen = new Set<string>();

  app.disable('x-powered-by');
  // the raw text: a body that was parsed and written again is not what was signed
  app.post('/mail', express.text({ type: 'application/json', limit: '256kb' }), async (request, response) => {
    let event: WebhookEvent;
    try {
      event = constructEvent(String(request.body), request.get('x-signature-v2') ?? '', { key: secret, now });
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      log(`refused: ${error.message}`);
      response.sendStatus(400);
      return;
    }
    // somebody who recorded a call may send it again
    const isNew = !seen.has(event.id);
    seen.add(event.id);
    if (seen.size > remembered) seen.delete([...seen][0] ?? '');
    if (event.type === 'email.created' && isNew) {
      try {
        await send(messageFor(event.data));
      } catch {
        // Stepward shows that it could not be sent; the person asks for another
        log(`not sent: ${event.id}`);
        response.sendStatus(502);
        return;
      }
      log(`sent: ${event.id}`);
    }
    response.sendStatus(204);
  });
  return app;
};
