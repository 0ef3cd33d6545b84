import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createEnvironments } from './environment.ts';
import type { Fault, Invocation, LambdaHandler, LambdaOptions, Lambdas, Ran } from './options.ts';

export type { Fault, LambdaHandler, LambdaOptions, Lambdas } from './options.ts';

const invoked = /^\/2015-03-31\/functions\/([^/]+)\/invocations(?:\?.*)?$/;

/** A handler of this process; it is given copies, as another process would be. */
const local =
  (name: string, handler: LambdaHandler, timeoutMs: number) =>
  async (event: Invocation['event']): Promise<Ran> => {
    const ends = performance.now() + timeoutMs;
    const context = {
      functionName: name,
      awsRequestId: randomUUID(),
      getRemainingTimeInMillis: () => Math.max(0, ends - performance.now()),
    };
    try {
      return { answer: structuredClone((await handler(structuredClone(event), context)) ?? null) };
    } catch (thrown) {
      const { name: errorType, message: errorMessage } = thrown instanceof Error ? thrown : new Error(String(thrown));
      return { failure: { errorType, errorMessage, trace: [] } };
    }
  };

/** Runs Lambda functions and serves Lambda's Invoke interface for them on loopback. */
export const startLambdas = async (options: LambdaOptions): Promise<Lambdas> => {
  const { files = {}, handlers = {}, envs = {}, timeoutMs = 5000, node } = options;
  const invocations: Invocation[] = [];
  const logs: string[] = [];
  const faults = new Map<string, Fault[]>();
  let env = options.env ?? {};
  const timers = new Set<NodeJS.Timeout>();
  const environments = new Map(
    Object.entries(files).map(([name, file]) => [
      name,
      createEnvironments({ name, file, env: () => ({ ...env, ...envs[name] }), timeoutMs, node, log: (line) => logs.push(line) }),
    ]),
  );
  const functions = new Map<string, (event: Invocation['event']) => Promise<Ran>>([
    ...[...environments].map(([name, { run }]) => [name, run] as const),
    ...Object.entries(handlers).map(([name, handler]) => [name, local(name, handler, timeoutMs)] as const),
  ]);

  const killAll = () => Promise.all([...environments.values()].map(({ kill }) => kill()));

  const run = async (name: string, event: Invocation['event'], perform: (event: Invocation['event']) => Promise<Ran>): Promise<Ran> => {
    const at = invocations.push({ name, event }) - 1;
    const ran = await perform(event);
    invocations[at] = { name, event, ran };
    return ran;
  };

  const answer = (response: ServerResponse, ran: Ran): void => {
    response.setHeader('content-type', 'application/json').setHeader('x-amzn-requestid', randomUUID());
    response.setHeader('x-amz-executed-version', '$LATEST');
    if (ran.failure) response.setHeader('x-amz-function-error', 'Unhandled').end(JSON.stringify(ran.failure));
    else response.end(JSON.stringify(ran.answer));
  };

  const serve = async (name: string, event: Invocation['event'], response: ServerResponse): Promise<void> => {
    const perform = functions.get(name);
    if (!perform) {
      response.writeHead(404, { 'content-type': 'application/json', 'x-amzn-errortype': 'ResourceNotFoundException' });
      return void response.end(JSON.stringify({ Type: 'User', Message: `Function not found: ${name}` }));
    }
    const fault = faults.get(name)?.shift();
    if (fault?.kind === 'drop' && fault.when === 'before') return void response.destroy();
    const [first] = fault?.kind === 'duplicate' ? [run(name, event, perform), run(name, event, perform)] : [run(name, event, perform)];
    const ran = await first;
    if (fault?.kind === 'drop') return void response.destroy();
    if (fault?.kind === 'hold') await fault.until;
    if (fault?.kind !== 'delay') return answer(response, ran);
    const timer = setTimeout(() => {
      timers.delete(timer);
      answer(response, ran);
    }, fault.ms);
    timers.add(timer);
  };

  const server = createServer(async (request, response) => {
    const parts: Uint8Array[] = [];
    for await (const part of request) parts.push(part);
    const [, path = ''] = invoked.exec(request.url ?? '') ?? [];
    // by name, or by ARN
    const name = decodeURIComponent(path).replace(/^arn:aws:lambda:[^:]+:\d+:function:/, '');
    await serve(name, JSON.parse(Buffer.concat(parts).toString()), response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    invocations,
    logs,
    fault: (name, ...more) => void faults.set(name, [...(faults.get(name) ?? []), ...more]),
    kill: async (name) => environments.get(name)?.kill(),
    coldStarts: (name) => environments.get(name)?.started() ?? 0,
    configure: async (changed) => {
      env = changed;
      await killAll();
    },
    stop: async () => {
      for (const timer of timers) clearTimeout(timer);
      await killAll();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};
