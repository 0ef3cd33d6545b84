import type { Pending } from './sessions.ts';

type Withdrawal = {
  readonly purpose: Pending['purpose'];
  /** What the rules read. */
  readonly custom: Readonly<Record<string, number>>;
  /** What the person is shown and approves. */
  readonly display: readonly object[];
};

/** A withdrawal as it was typed in; `undefined` where it cannot be made. */
export const withdrawalOf = (typedAmount: string, typedPayee: string, balance: number): Withdrawal | undefined => {
  const payee = typedPayee.trim().slice(0, 60);
  if (!/^\d{1,7}(?:\.\d{1,2})?$/.test(typedAmount) || payee === '') return undefined;
  const minor = Math.round(Number(typedAmount) * 100);
  if (minor === 0 || minor > balance * 100) return undefined;
  const amount = minor / 100;
  return {
    purpose: { kind: 'withdrawal', amount, payee },
    custom: { withdrawalAmount: amount },
    display: [
      { label: 'Amount', type: 'money', value: { minor, currency: 'EUR' } },
      { label: 'To', type: 'account', value: payee },
    ],
  };
};
