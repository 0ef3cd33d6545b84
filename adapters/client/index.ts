export { StepwardError } from '../../core/index.ts';
export { Authsignal, AuthsignalError } from './authsignal.ts';
export type { AuthsignalApi, AuthsignalOptions } from './authsignal-types.ts';
export { type ClientOptions, createClient, type StepwardClient } from './client.ts';
export { constructEvent, SignatureError, type WebhookCheck, type WebhookEvent } from './webhook.ts';
