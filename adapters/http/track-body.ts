import type { Ignored, TrackRequest } from '../../core/index.ts';
import { type Fields, flag, matching, readerOf, refusal, schemaOf, text } from './fields.ts';
import { idKinds } from './identifiers.ts';
import type { Body } from './route.ts';
import { context } from './track-context.ts';
import { customSchema, readCustom } from './track-custom.ts';
import { display } from './track-display.ts';

/** Attributes of track that are read alike; `custom` and the redirect's two names are read apart. */
const fields = {
  idempotencyKey: matching(/^[A-Za-z0-9._~:@-]{1,128}$/, idKinds.idempotencyKey.must, idKinds.idempotencyKey.holds),
  redirectUrl: text(8192),
  redirectToSettings: flag,
  ipAddress: text(255),
  userAgent: text(16_384),
  deviceId: text(1024),
  scope: text(1024),
  email: text(320),
  emailVerified: flag,
  phoneNumber: text(64),
  phoneNumberVerified: flag,
  username: text(255),
  challengeId: text(255),
  locale: text(64),
  customDomain: text(255),
  binding: text(256, 1),
  display,
  context,
  returnUrl: text(8192),
} satisfies Fields;

const readFields = readerOf(fields);

/** What track is asked, less the ids of the path, and what of it took no part. */
export type TrackBody = { readonly request: Omit<TrackRequest, 'userId' | 'action'>; readonly ignored: readonly Ignored[] };

const none: readonly Ignored[] = [];

const parse = (value: Readonly<Record<string, unknown>>): TrackBody => {
  const taken = readFields(value, '');
  if (taken.returnUrl !== undefined) {
    if (taken.redirectUrl !== undefined && taken.redirectUrl !== taken.returnUrl)
      throw refusal('/returnUrl', 'the same as `redirectUrl` where both are given');
    taken.redirectUrl = taken.returnUrl;
    delete taken.returnUrl;
  }
  let ignored = none;
  if (value.custom !== undefined && value.custom !== null) {
    const custom = readCustom(value.custom);
    taken.custom = custom.custom;
    ignored = custom.ignored;
  }
  return { request: taken as TrackBody['request'], ignored };
};

/** The body of track, read by hand: this is the path that every sign-in waits for. */
export const trackBody: Body<TrackBody> = { schema: schemaOf(fields).extend({ custom: customSchema.nullable().optional() }), parse };
