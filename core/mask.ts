const first = (text: string): string => [...text][0] ?? '';

/** Shows an e-mail address so that its owner knows it and nobody learns it: `a•••@e•••.org`. */
export const maskEmail = (email: string): string => {
  const at = email.lastIndexOf('@');
  if (at < 1 || at === email.length - 1) return '•••';
  const domain = email.slice(at + 1);
  const dot = domain.lastIndexOf('.');
  const ending = dot > 0 && dot < domain.length - 1 ? domain.slice(dot) : '';
  return `${first(email)}•••@${first(domain)}•••${ending}`;
};

/** Shows the last two digits of a phone number, and nothing of its country or length: `+•• ••• ••89`. */
export const maskPhone = (phoneNumber: string): string => `+•• ••• ••${phoneNumber.replace(/\D/g, '').slice(-2)}`;
