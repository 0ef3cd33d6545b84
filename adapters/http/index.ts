export { clientAddress } from './client-address.ts';
export { answerClientError } from './client-error.ts';
export { statusOf } from './error-answer.ts';
export { mountExpress } from './express.ts';
export { createHttp, type Http, type HttpLogEntry, type HttpMetrics, type HttpOptions } from './http.ts';
export { openApi } from './openapi.ts';
export type { Route, Scope } from './route.ts';
export { routes } from './routes/index.ts';
