import { expect, it } from 'vitest';
import { disposableDomains } from '../../../adapters/intelligence/disposable-domains.ts';

it('disposable domains are a look-up of lower-case domains', () => {
  const domains = disposableDomains();
  expect(domains.has('mailinator.com')).toBe(true);
  expect(domains.has('gmail.com')).toBe(false);
  expect(domains.has('example.com')).toBe(false);
  for (const domain of domains) expect(domain).toBe(domain.toLowerCase());
});
