import { request } from 'node:https';
import type { Clock, CreateHandler, Handler, Runtime } from './runtime';

const systemClock: Clock = {
  now: () => new Date(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** The real world: what `handler` of a bundle runs on inside AWS Lambda. */
function awsRuntime(): Runtime {
  return {
    clients: {},
    clock: systemClock,
    random: () => Math.random(), // eslint-disable-line no-restricted-properties -- the edge where chance enters
    env: process.env,
    log: (line) => void process.stdout.write(`${line}\n`),
    put: (url, body) =>
      new Promise((resolve, reject) => {
        const sent = request(
          url,
          { method: 'PUT', headers: { 'content-type': '', 'content-length': Buffer.byteLength(body) } },
          (answer) => {
            answer.resume();
            if (answer.statusCode !== undefined && answer.statusCode < 300) resolve();
            else reject(new Error(`The presigned address answered ${answer.statusCode}`));
          },
        );
        sent.on('error', reject);
        sent.end(body);
      }),
  };
}

/** Makes the `handler` export of a bundle. Clients are made at the first invocation, not while the module loads. */
export function awsHandler<E, R>(createHandler: CreateHandler<E, R>): Handler<E, R> {
  let handler: Handler<E, R> | undefined;
  return (event, context) => (handler ??= createHandler(awsRuntime()))(event, context);
}
