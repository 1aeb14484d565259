import { findProgram } from '../../../clusters/local/preflight.ts';
import { renderAll } from '../../../reports/all-writers.ts';
import { assertSplit as assertSplitUseCase, type Generator } from '../../assert-split/assert-split.ts';
import type { AssertSplitInput } from '../../assert-split/input.ts';
import { createK6Runner } from '../../load/k6/k6-runner.ts';
import { preAllocatedVus } from '../../load/k6/pre-allocated-vus.ts';
import type { LoadRunner } from '../../ports/load.ts';
import type { Progress } from '../../ports/progress.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { pasteable } from '../../process/run-program.ts';
import type { ProbeAnswer } from '../../traffic/identify-answer.ts';
import { ASSURANCE, marginAround } from '../../verdict/split-expectation.ts';
import type { AssertSplitRequest } from '../traffic-requests.ts';
import { version } from '../version.ts';
import type { World } from '../world.ts';
import { findK6 } from './find-k6.ts';
import { probe } from './http-probe.ts';
import type { MarkedProbe } from './read-only/proxy-answerers.ts';

/**
 * Connects `assert-split` with a k6 that runs here, a probe and, where nothing was expected, the VirtualService.
 * @throws HarnessError (exit 2) when a k6 that was named does not run, (exit 3) when none can be had or the address does
 *   not answer
 */
export async function assertSplit(world: World, request: AssertSplitRequest, progress: Progress): Promise<RunProduct> {
  const { signal } = world.interruption;
  const { url, method, headers, connectTimeoutMs, hide } = request;
  // A k6 that was named and does not run is bad input: said before anything is asked or sent.
  const found = await findK6(world.env, request.k6);
  const { arms, declared, service } = await readDeclared(world, request);
  await using proxies = await readProxies(world, request, service);
  const input: AssertSplitInput = {
    ...request,
    url: request.shownUrl,
    target: { url, headers },
    arms,
    declared,
    ...(proxies.service === undefined ? {} : { receiver: proxies.service }),
    assurance: {
      ...ASSURANCE[request.assurance],
      margin:
        request.margin ??
        marginAround(
          arms.map(({ share }) => share),
          request.assurance,
        ),
    },
    argvPrefix: await endTogether(world),
    reproduce: pasteable(request.command),
    host: { system: world.host.system, cpus: world.host.cpus, memoryBytes: world.host.memoryBytes },
  };
  return assertSplitUseCase(
    input,
    {
      probe: proxies.named(async (userAgent) => {
        const sent = userAgent === undefined ? headers : { ...headers, 'user-agent': userAgent };
        return withoutSecrets(await probe({ url, method, headers: sent, timeoutMs: connectTimeoutMs, signal }), hide);
      }),
      prepareGenerator: async (generatorProgress) => {
        const { path: k6Path, ...component } = found ?? (await buildK6(world, generatorProgress));
        const generator = generatorOf(k6Path, component, world, hide);
        return { ...generator, createRunner: (logs) => proxies.joined(generator.createRunner(logs)) };
      },
      planVus: (ratePerSecond, usualMaxMs) => preAllocatedVus({ ratePerSecond, usualMaxMs, stallMs: 400 }),
      render: renderAll,
      progress,
      ownComponent: { name: 'canaryproof', version, origin: 'this package' },
      now: world.now,
    },
    signal,
  );
}

/** Where the system can do it, k6 ends with us, even when we are killed. */
export async function endTogether(world: World): Promise<readonly string[]> {
  const setpriv = await findProgram('setpriv', world.env.PATH);
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
}

async function readDeclared(
  world: World,
  { expect, virtualService }: AssertSplitRequest,
): Promise<Pick<AssertSplitInput, 'arms' | 'declared'> & { readonly service?: string }> {
  if (virtualService !== undefined)
    return (await import('./read-only/read-virtual-service.ts')).readVirtualService(world, virtualService);
  const arms = (expect ?? []).map(({ name, share }) => ({ name, share }));
  const typed = (expect ?? []).map(({ name, weight }) => `${name}=${weight}`).join(',');
  return { arms, declared: { layer: 'git', source: `--expect ${typed}` } };
}

/** What reads the proxies' logs, where they name who answered; else everything as it is. */
async function readProxies(world: World, { proxies, shownUrl: url }: AssertSplitRequest, destination?: string) {
  if (proxies === undefined)
    return {
      service: undefined,
      named: (ask: MarkedProbe) => () => ask(undefined),
      joined: (load: LoadRunner) => load,
      async [Symbol.asyncDispose]() {},
    };
  const { openProxies, namedProbe } = await import('./read-only/proxy-answerers.ts');
  const { context } = proxies;
  const typed = proxies.service && `${proxies.service.namespace}/${proxies.service.name}`;
  const service = typed ?? destination ?? '';
  const answerers = await openProxies(world, proxies, service.split('/')[0] ?? '');
  return {
    service,
    named: (ask: MarkedProbe) => namedProbe(ask, answerers, { service, url, context }, world.interruption.signal),
    joined: answerers.joined,
    [Symbol.asyncDispose]: () => answerers[Symbol.asyncDispose](),
  };
}

export async function buildK6(world: World, progress: Progress) {
  const { ensureComponents } = await import('./components.ts');
  const toolset = await ensureComponents(world, ['k6'], {}, progress);
  const program = toolset.component('k6').programs.k6!;
  return { path: program.path, version: program.version, origin: program.origin, sha256: program.sha256 };
}

/** A server may echo what it was sent. */
function withoutSecrets(answer: ProbeAnswer, hide: (text: string) => string): ProbeAnswer {
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [
      name,
      typeof value === 'string' ? hide(value) : value.map(hide),
    ]),
  );
  return { ...answer, headers, body: hide(answer.body) };
}

function generatorOf(
  k6Path: string,
  component: { readonly version: string; readonly origin: string },
  world: World,
  hide: (text: string) => string,
): Generator {
  return {
    component: { name: 'k6', ...component },
    createRunner: (logDirectory) => createK6Runner({ k6Path, logDirectory, environment: world.env, hide }),
  };
}
