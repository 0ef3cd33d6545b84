export type { AccessTokenClaims } from './claims.ts';
export type { ApiRequest } from './credentials.ts';
export type { IntrospectionOptions } from './opaque-token.ts';
export type { ResourceServerOptions, StepUpRule } from './options.ts';
export { createReplayMemory, type Replay } from './replay.ts';
export { type ApiMiddleware, authOf, createResourceServer, type ResourceServer, requireStepUp } from './resource-server.ts';
