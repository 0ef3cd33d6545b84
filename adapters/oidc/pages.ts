import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HostPages } from '../../core/ports/host-pages.ts';

/** The hosted pages as this adapter is given them. */
export type OidcPages = HostPages<IncomingMessage, ServerResponse>;
