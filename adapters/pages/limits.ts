import type { Request } from 'express';
import { addressKey, type LimitName } from '../../core/index.ts';

const mailLinks = /^\/challenge\/(?:link|report)$/;

/** Forms are counted by address, and so are the pages that links in mails lead to. */
export const limitOf = ({ method, path }: Pick<Request, 'method' | 'path'>): LimitName | undefined => {
  if (method === 'POST') return 'page-address';
  return mailLinks.test(path) ? 'page-link' : undefined;
};

/** Whom an address counts for: an IPv6 address for its /64, those that are unknown for one. */
export const subjectOf = (address: string | undefined): string => addressKey(address ?? '') ?? 'unknown';
