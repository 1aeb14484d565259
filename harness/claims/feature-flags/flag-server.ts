/**
 * Unleash as its operator uses it: by its admin API, with the token of this cluster, asked from within its own pod's network.
 * It calls itself healthy without its database, goes on serving flags, and keeps whoever toggles one waiting: so its
 * health is believed only beside an answer that comes from there.
 */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { isPodReady, isRolledOut } from '../../../k8s/client/readiness.ts';
import { environmentError, type HarnessError } from '../../errors/harness-error.ts';
import { runProgram } from '../../process/run-program.ts';
import { environmentKeeps } from '../../scene/promise.ts';
import type { Scene } from '../../scene/scene.ts';
import { ENVIRONMENT, type FlagStrategy } from './declared-flag.ts';

const NAMESPACE = 'unleash';
const NAME = 'unleash';
const WHERE = `Deployment ${NAMESPACE}/${NAME}`;
const DEPLOYMENTS = { apiVersion: 'apps/v1', resource: 'deployments', namespace: NAMESPACE } as const;
const PORT = 4242;
const ANSWER_MS = 30_000;
const GONE_WITHIN_MS = 60_000;
const BACK_WITHIN_MS = 180_000;

/** When something was asked for, and when the answer was there; Unix milliseconds. */
export interface Toggled {
  readonly askedMs: number;
  readonly doneMs: number;
}

/** Every method throws FLAG_SERVER_WITHOUT_DATABASE, FLAG_SERVER_UNREACHABLE, FLAG_SERVER_REFUSED (exit 3). */
export interface FlagServer {
  /** Makes the flag, where it is not there, with these strategies and no others, and switches it on. */
  set(flag: string, strategies: readonly FlagStrategy[]): Promise<void>;
  toggle(flag: string, on: boolean): Promise<Toggled>;
  /** Takes it away; resolves when none of it is left. @throws HarnessError WAIT_TIMEOUT (exit 3) */
  leave(): Promise<void>;
  /** Brings it back; resolves when it serves. @throws HarnessError WAIT_TIMEOUT (exit 3) */
  comeBack(): Promise<void>;
}

/** Asks once, and of a server that did not answer well whether it says that it is. Prints one line. */
const ASK = [
  'const [url, method, body, limit] = process.argv.slice(1);',
  'const ask = async (path, init) => {',
  '  const answer = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(Number(limit)) });',
  '  return { status: answer.status, text: await answer.text() };',
  '};',
  'const headers = { authorization: process.env.TOKEN, "content-type": "application/json" };',
  'const none = (error) => ({ status: 0, text: String(error) });',
  'const answer = await ask(url, { method, headers, ...(body === "" ? {} : { body }) }).catch(none);',
  'const asksHealth = answer.status === 0 || answer.status >= 500;',
  'const health = asksHealth ? (await ask("/health", {}).catch(none)).text : "";',
  'process.stdout.write(JSON.stringify({ ...answer, health }));',
].join('\n');

interface Answer {
  /** 0: none. */
  readonly status: number;
  readonly text: string;
  readonly health: string;
}

/** @throws HarnessError FLAG_SERVER_NOT_READY (exit 3), and those of every method */
export async function openFlagServer(scene: Scene): Promise<FlagServer> {
  const { client, signal } = scene;
  await requireServer(scene);
  const token = await adminToken(scene);
  const features = '/api/admin/projects/default/features';
  const of = (flag: string) => `${features}/${encodeURIComponent(flag)}`;
  const inEnvironment = (flag: string) => `${of(flag)}/environments/${ENVIRONMENT}`;

  const ask = async (method: string, path: string, body?: object, accepted: readonly number[] = []) => {
    const answer = await askOnce(scene, token, method, path, body);
    if (answer.status === 0 || answer.status >= 500) throw notAnswered(answer);
    if (answer.status >= 400 && !accepted.includes(answer.status)) throw refused(method, path, answer);
    return answer;
  };
  const scale = (replicas: number) => client.patch(DEPLOYMENTS, NAME, 'merge', { spec: { replicas } });

  return {
    async set(flag, strategies) {
      await ask('POST', features, { name: flag, type: 'release' }, [409]);
      const { text } = await ask('GET', inEnvironment(flag));
      const { strategies: before = [] } = JSON.parse(text) as { strategies?: readonly { id: string }[] };
      // new ones first: a flag that is on and has none is on for everybody
      for (const strategy of strategies) await ask('POST', `${inEnvironment(flag)}/strategies`, strategy);
      for (const { id } of before) await ask('DELETE', `${inEnvironment(flag)}/strategies/${id}`);
      await ask('POST', `${inEnvironment(flag)}/on`);
    },
    async toggle(flag, on) {
      const askedMs = scene.now();
      await ask('POST', `${inEnvironment(flag)}/${on ? 'on' : 'off'}`);
      return { askedMs, doneMs: scene.now() };
    },
    async leave() {
      await scale(0);
      const isGone = (seen: KubeObject | undefined) =>
        isObserved(seen) && Number((seen?.status as { replicas?: number } | undefined)?.replicas ?? 0) === 0;
      const what = `${WHERE} to be gone`;
      await client.waitFor(DEPLOYMENTS, NAME, isGone, environmentKeeps({ what, timeoutMs: GONE_WITHIN_MS, signal }));
    },
    async comeBack() {
      await scale(1);
      const what = `${WHERE} to be back`;
      const wait = environmentKeeps({ what, timeoutMs: BACK_WITHIN_MS, signal });
      await client.waitFor(DEPLOYMENTS, NAME, isServing, wait);
    },
  };
}

const isObserved = (seen: KubeObject | undefined): boolean =>
  (seen?.status as { observedGeneration?: number } | undefined)?.observedGeneration === seen?.metadata.generation;

/** One that is scaled to nothing has all of its pods. */
function isServing(deployment: KubeObject | undefined): boolean {
  return isRolledOut(deployment) && Number(deployment?.spec?.replicas ?? 1) > 0;
}

async function requireServer({ client }: Scene): Promise<void> {
  if (isServing(await client.get(DEPLOYMENTS, NAME))) return;
  throw environmentError('FLAG_SERVER_NOT_READY', `${WHERE} is not available`, {
    where: `${NAMESPACE}/${NAME}`,
    hint: 'Nobody can toggle a flag while it is away: look at its pod and its log, and at the database that it starts with.',
  });
}

async function adminToken({ client }: Scene): Promise<string> {
  const secret = await client.get({ apiVersion: 'v1', resource: 'secrets', namespace: NAMESPACE }, 'unleash-server');
  const encoded = (secret?.data as Readonly<Record<string, string>> | undefined)?.adminToken;
  if (encoded !== undefined) return Buffer.from(encoded, 'base64').toString('utf8');
  throw environmentError('FLAG_SERVER_REFUSED', `Secret ${NAMESPACE}/unleash-server holds no adminToken`, {
    where: `${NAMESPACE}/unleash-server`,
    hint: 'The addon unleash makes it: bring the cluster down, and up again.',
  });
}

async function askOnce(
  scene: Scene,
  token: string,
  method: string,
  path: string,
  body: object | undefined,
): Promise<Answer> {
  const { client, cluster, signal } = scene;
  const pods = await client.list({ apiVersion: 'v1', resource: 'pods', namespace: NAMESPACE }, `app=${NAME}`);
  const pod = pods.find((one) => isPodReady(one) && one.metadata.deletionTimestamp === undefined);
  if (!pod)
    throw environmentError('FLAG_SERVER_NOT_READY', `no pod of ${WHERE} is ready`, {
      where: `${NAMESPACE}/${NAME}`,
      hint: 'Look at its events and its log.',
    });
  const { argvPrefix } = await cluster.loadAt({ kind: 'mesh', namespace: NAMESPACE, pod: pod.metadata.name });
  const [program, ...args] = [
    ...argvPrefix,
    ...[process.execPath, '--input-type=module', '-e', ASK],
    ...[`http://127.0.0.1:${PORT}${path}`, method, body === undefined ? '' : JSON.stringify(body), String(ANSWER_MS)],
  ];
  const { stdout } = await runProgram([program ?? process.execPath, ...args], {
    timeoutMs: 3 * ANSWER_MS,
    signal,
    // not among the arguments, which every user of the machine can read
    env: { TOKEN: token },
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw error;
  });
  return JSON.parse(stdout) as Answer;
}

function notAnswered({ status, text, health }: Answer): HarnessError {
  const said = status === 0 ? `no answer within ${ANSWER_MS / 1000} s` : `${status} ${inShort(text)}`;
  if (/GOOD/.test(health))
    return environmentError(
      'FLAG_SERVER_WITHOUT_DATABASE',
      `Unleash calls itself healthy and cannot use its database: ${said}`,
      {
        where: `${NAMESPACE}/unleash-database`,
        hint: 'It goes on serving the flags that it knows, and nobody can change one. Look at the pod of its database; one that began anew is empty, so restart Unleash after it.',
      },
    );
  return environmentError('FLAG_SERVER_UNREACHABLE', `Unleash does not answer: ${said}`, {
    where: `${NAMESPACE}/${NAME}`,
    hint: 'Look at its pod and its log.',
  });
}

function refused(method: string, path: string, { status, text }: Answer): HarnessError {
  return environmentError('FLAG_SERVER_REFUSED', `Unleash refused ${method} ${path}: ${status} ${inShort(text)}`, {
    where: `${NAMESPACE}/${NAME}`,
    hint: 'With 401 or 403 its tokens are not those of the Secret unleash-server: bring the cluster down, and up again.',
  });
}

const MOST_WORDS = 200;
function inShort(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, MOST_WORDS);
}
