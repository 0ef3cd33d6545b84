/// <reference lib="dom" />

import { offerCredential } from './credential.ts';
import { talkToEmbedder } from './embedder.ts';
import { warnBeforeExpiry } from './expiry.ts';
import { showLocalTimes } from './local-times.ts';
import { pressOnce } from './once.ts';
import { offerKeeping } from './recovery-codes.ts';
import { offerWindow } from './to-window.ts';
import { waitForLink } from './waiting.ts';

// The page of a post that leaves submits itself; its button is there for when this does not run.
document.querySelector<HTMLFormElement>('form[data-submit]')?.requestSubmit();

const post = talkToEmbedder();
showLocalTimes();
warnBeforeExpiry();
offerCredential();
offerWindow(post);
offerKeeping();
waitForLink();
pressOnce();
