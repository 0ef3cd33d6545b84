import { describe, expect, it } from 'vitest';
import { acrMeets, acrValues } from '../../core/index.ts';
import { knownAcrs } from '../../core/policy/assurance.ts';

const [aal1, aal2, aal3] = ['urn:stepward:aal1', 'urn:stepward:aal2', 'urn:stepward:aal3'] as const;
const pape = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';

describe('an acr meets a requested value', () => {
  const met: Readonly<Record<string, readonly string[]>> = {
    [aal1]: [aal1],
    [aal2]: [aal1, aal2],
    [aal3]: [aal1, aal2, aal3],
    phr: ['phr'],
    phrh: ['phr', 'phrh'],
  };
  it.each(acrValues)('%s: what is in it, and nothing else', (acr) => {
    expect(acrValues.filter((requested) => acrMeets(acr, requested))).toEqual(met[acr]);
  });
  it('multi-factor of PAPE is aal2 where it is requested', () => {
    expect([aal1, aal2, aal3, 'phrh', pape].filter((acr) => acrMeets(acr, pape))).toEqual([aal2, aal3, pape]);
  });
  it('a value of somebody else is met by itself alone', () => {
    expect(['gold', 'Gold', aal3, 'phrh', ''].filter((acr) => acrMeets(acr, 'gold'))).toEqual(['gold']);
    expect(acrValues.filter((requested) => acrMeets('gold', requested))).toEqual([]);
  });
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is no value', (name) => {
    expect(knownAcrs([name])).toEqual([]);
    expect(acrValues.some((acr) => acrMeets(name, acr) || acrMeets(acr, name))).toBe(false);
  });
});
