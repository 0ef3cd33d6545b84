import { pathToFileURL } from 'node:url';
import type { LambdaHandler } from './options.ts';

type Given = { readonly id: string; readonly name: string; readonly event: Parameters<LambdaHandler>[0]; readonly timeoutMs: number };

// the process of one function: loads its file once and answers one event at a time
const { handler } = (await import(pathToFileURL(process.argv[2] ?? '').href)) as { readonly handler: LambdaHandler };

process.on('message', async ({ id, name, event, timeoutMs }: Given) => {
  const ends = performance.now() + timeoutMs;
  const context = {
    functionName: name,
    awsRequestId: id,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(ends - performance.now())),
  };
  try {
    process.send?.({ answer: (await handler(event, context)) ?? null });
  } catch (thrown) {
    const { name: errorType, message: errorMessage, stack = '' } = thrown instanceof Error ? thrown : new Error(String(thrown));
    process.send?.({ failure: { errorType, errorMessage, trace: stack.split('\n') } });
  }
});
process.send?.({ isReady: true });
