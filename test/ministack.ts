import { freePort, Service, started } from './processes';

const HOST = '127.0.0.1';

/**
 * Starts ministack, which emulates other services of AWS: a program in Python.
 *
 * @param args of the Python interpreter
 * @param services gets it, so that it is stopped even if it never answers
 * @returns where it listens
 */
export async function startMinistack(
  python: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  logFile: string,
  services: Service[],
): Promise<string> {
  const port = await freePort();
  const url = `http://${HOST}:${port}`;
  const ministack = Service.start(
    python,
    args,
    {
      ...env,
      BIND_HOST: HOST,
      MINISTACK_HOST: HOST,
      GATEWAY_PORT: String(port),
      // Otherwise it opens a port on all addresses.
      IOT_MTLS_ENABLED: '0',
    },
    logFile,
  );
  services.push(ministack);
  await started(
    'ministack',
    ministack,
    async () => (await fetch(`${url}/_ministack/health`).catch(() => undefined))?.ok,
  );
  return url;
}
