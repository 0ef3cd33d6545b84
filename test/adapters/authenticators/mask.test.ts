import { describe, expect, it } from 'vitest';
import { maskEmail, maskPhone } from '../../../core/index.ts';

describe('masked forms', () => {
  it.each([
    ['ada@example.org', 'a•••@e•••.org'],
    ['a@b.co.uk', 'a•••@b•••.uk'],
    ['𝒜da@example.org', '𝒜•••@e•••.org'],
    ['root@localhost', 'r•••@l•••'],
    ['"a@b"@example.org', '"•••@e•••.org'],
    ['nonsense', '•••'],
    ['@example.org', '•••'],
  ])('shows %s as %s', (email, masked) => {
    expect(maskEmail(email)).toBe(masked);
  });

  it.each([
    ['+491701234589', '+•• ••• ••89'],
    ['+1 (415) 555-01 07', '+•• ••• ••07'],
    ['', '+•• ••• ••'],
  ])('shows %s as %s', (phoneNumber, masked) => {
    expect(maskPhone(phoneNumber)).toBe(masked);
  });
});
