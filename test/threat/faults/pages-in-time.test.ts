import { describe, expect, it } from 'vitest';
import { linksInTime, visitsInTime } from '../../../adapters/server/in-time.ts';
import type { Links, Visits } from '../../../core/index.ts';
import { refusal } from '../support/people.ts';

describe('a core that hangs in mid-visit', () => {
  const never = () => new Promise<never>(() => undefined);
  const request = { c: 'c', mode: 'redirect', forceEnrollment: false } as const;

  // fails without: the deadline around the pages' use cases
  it('is told to the page as unavailable, for every use case', async () => {
    const visits = visitsInTime(
      { open: never, enter: never, act: never, moveToWindow: never, waiting: never, leave: never } satisfies Visits,
      20,
    );
    expect(await refusal(visits.open(request, true))).toBe('unavailable');
    expect(await refusal(visits.enter(request, 'https://id.example/'))).toBe('unavailable');
    expect(await refusal(visits.act(request, { do: 'cancel' }))).toBe('unavailable');
    expect(await refusal(visits.moveToWindow(request, 'key'))).toBe('unavailable');
    expect(await refusal(visits.waiting(request, 'id'))).toBe('unavailable');
    expect(await refusal(visits.leave(request))).toBe('unavailable');
    const links = linksInTime({ open: never, press: never } satisfies Links, 20);
    expect(await refusal(links.open({ l: 'l' }))).toBe('unavailable');
    expect(await refusal(links.press({ l: 'l' }, false))).toBe('unavailable');
  });

  it('what comes in time comes as it is', async () => {
    const answer = { view: { page: 'neutral' } } as const;
    const visits = visitsInTime(
      {
        open: async () => answer,
        enter: async () => answer,
        act: never,
        moveToWindow: never,
        waiting: never,
        leave: async () => undefined,
      },
      1_000,
    );
    expect(await visits.open(request, true)).toBe(answer);
    expect(await visits.enter(request, 'https://id.example/')).toBe(answer);
    expect(await visits.leave(request)).toBeUndefined();
  });
});
