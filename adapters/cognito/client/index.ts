export { ChallengeError, type ChallengeErrorCode } from './challenge-error.ts';
export { clientMetadata } from './client-metadata.ts';
export { type ChallengeOptions, completeChallenge } from './complete-challenge.ts';
export type { SignIn } from './kept-sign-in.ts';
export { type Refusal, type RefusalCode, readRefusal } from './refusal.ts';
export { type ResumedSignIn, resumeSignIn } from './resume-sign-in.ts';
