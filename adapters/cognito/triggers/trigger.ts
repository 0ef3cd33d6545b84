import type { Handler, LambdaContext, TriggerEvent } from './event.ts';
import { Refusal } from './refusal.ts';
import { membersOf, text } from './values.ts';

/** How a call ended: what Cognito is answered, and what the log says of it. */
export type Ending = { readonly response: unknown; readonly outcome: string };

/** What the log has beside: the instance, which names no person, and the tries that the call to the core took. */
export type Note = { instance?: string; attempt?: number };

export type Run<S> = (given: {
  readonly event: TriggerEvent;
  readonly settings: S;
  /** Milliseconds until Cognito gives up; absent where nobody tells. */
  readonly remaining: number | undefined;
  readonly note: Note;
}) => Ending | Promise<Ending>;

// The event where it is one of this kind; its ids alone are certain.
const eventOf = (value: unknown, source: RegExp): TriggerEvent => {
  const { triggerSource, userPoolId, callerContext, request } = membersOf(value);
  const known = typeof triggerSource === 'string' && source.test(triggerSource);
  if (!known || !text(userPoolId) || !text(membersOf(callerContext).clientId)) throw new Refusal('unavailable', { ref: 'event' });
  const { userAttributes, clientMetadata, privateChallengeParameters, ...rest } = membersOf(request);
  return {
    ...(value as TriggerEvent),
    request: {
      ...rest,
      userAttributes: membersOf(userAttributes),
      clientMetadata: membersOf(clientMetadata),
      privateChallengeParameters: membersOf(privateChallengeParameters),
    },
  };
};

/**
 * A trigger of Cognito: answers the whole event, throws nothing but a `Refusal`, writes one line to the log.
 *
 * @param source the values of `triggerSource` that it takes
 */
export const createTrigger =
  <S extends { readonly wrong?: string | undefined }>(name: string, source: RegExp, settings: S, run: Run<S>): Handler =>
  async (given: unknown, context?: LambdaContext) => {
    const began = Date.now();
    const note: Note = {};
    let outcome = 'failed';
    try {
      if (settings.wrong) throw new Refusal('unavailable', { ref: 'config', outcome: `misconfigured:${settings.wrong}` });
      const event = eventOf(given, source);
      const ending = await run({ event, settings, remaining: context?.getRemainingTimeInMillis?.(), note });
      ({ outcome } = ending);
      return { ...(given as object), response: ending.response };
    } catch (error) {
      // whatever went wrong inside is nobody's to read
      const refusal = error instanceof Refusal ? error : new Refusal('unavailable', { ref: note.instance, outcome });
      ({ outcome } = refusal);
      throw refusal;
    } finally {
      console.log(JSON.stringify({ stepward: name, outcome, ms: Date.now() - began, attempt: note.attempt, instance: note.instance }));
    }
  };
