import { describe, expect, test } from 'vitest';
import { containerConfig, sandboxConfig } from './cri-fixtures.ts';
import { asReplaced, declaredPorts, execInStandIn } from './cri-replaced-program.ts';
import { RuntimeRefusal } from './cri-runtime-orders.ts';

const PORTS = 'io.kubernetes.container.ports';
const standIn = { replaces: 'stand-in', env: { CANARYPROOF_SERVICE: 'web', CANARYPROOF_VERSION: '1.2' } } as const;
const theirs = containerConfig({
  command: ['/usr/bin/their-server'],
  args: ['--port', '3000'],
  workingDir: '/srv/their-app',
  envs: [
    { key: 'VERSION', value: 'V2' },
    { key: 'NODE_OPTIONS', value: '--require ./tracing.js' },
    { key: 'LD_PRELOAD', value: '/opt/agent.so' },
  ],
  annotations: {
    [PORTS]: JSON.stringify([
      { name: 'http', containerPort: 3000, protocol: 'TCP' },
      { name: 'grpc', containerPort: 3001 },
      { name: 'dns', containerPort: 53, protocol: 'UDP' },
    ]),
  },
});
const variables = (of: { readonly envs: readonly { key: string; value: string }[] }) =>
  Object.fromEntries(of.envs.map(({ key, value }) => [key, value]));

describe('a replaced program', () => {
  test('what was meant for their program does not reach the stand-in', () => {
    const started = asReplaced(theirs, standIn, sandboxConfig());
    expect([started.command, started.args, started.workingDir]).toEqual([[], [], '']);
    expect(variables(started)).toEqual({
      VERSION: 'V2',
      CANARYPROOF_SERVICE: 'web',
      CANARYPROOF_VERSION: '1.2',
      CANARYPROOF_PORTS: '3000,3001',
    });
  });

  test('ports of the profile come first, those of the template after them', () => {
    const env = { ...standIn.env, CANARYPROOF_PORT: '8080', CANARYPROOF_PORTS: '8080, 9090' };
    const started = variables(asReplaced(theirs, { ...standIn, env }, sandboxConfig()));
    expect(started.CANARYPROOF_PORTS).toBe('8080,9090,3000,3001');
    expect(variables(asReplaced(containerConfig(), standIn, sandboxConfig()))).not.toHaveProperty('CANARYPROOF_PORTS');
    expect(declaredPorts({ annotations: { [PORTS]: 'not json' } })).toEqual([]);
  });

  test('labels, hash and container tell arms apart', () => {
    const env = { CANARYPROOF_VERSION: '{label:version}/{hash}/{container}/{label:none}' };
    const versionIn = (labels: Readonly<Record<string, string>>) =>
      variables(asReplaced(theirs, { ...standIn, env }, sandboxConfig({ labels }))).CANARYPROOF_VERSION;
    expect(versionIn({ version: 'v1', 'pod-template-hash': 'abc' })).toBe('v1/abc/app/');
    expect(versionIn({ 'pod-template-hash': 'abc', 'rollouts-pod-template-hash': 'def' })).toBe('/def/app/');
  });

  test('a pod without the label is called after what the profile says instead', () => {
    const env = { CANARYPROOF_VERSION: '{label:version:-v1.25}' };
    const versionIn = (labels: Readonly<Record<string, string>>) =>
      variables(asReplaced(theirs, { ...standIn, env }, sandboxConfig({ labels }))).CANARYPROOF_VERSION;
    expect([versionIn({ version: 'beta' }), versionIn({})]).toEqual(['beta', 'v1.25']);
  });

  test("the user's own program takes their variables, but for those that the profile sets", () => {
    const program = { replaces: 'program', env: { VERSION: 'v7' } } as const;
    expect(variables(asReplaced(theirs, program, sandboxConfig()))).toEqual({
      VERSION: 'v7',
      NODE_OPTIONS: '--require ./tracing.js',
      LD_PRELOAD: '/opt/agent.so',
    });
  });

  test('what a manifest says to the stand-in by name holds for that pod', () => {
    const envs = [{ key: 'CANARYPROOF_VERSION', value: 'trial-2' }];
    const started = asReplaced(containerConfig({ envs }), standIn, sandboxConfig());
    expect(variables(started)).toEqual({ CANARYPROOF_VERSION: 'trial-2', CANARYPROOF_SERVICE: 'web' });
    expect(started.envs).toHaveLength(2);
  });

  test("a trial's version reaches the user's own program, over the profile's", () => {
    const program = { replaces: 'program', env: { VERSION: '{label:version}', GREETING: 'hi' } } as const;
    const trial = [
      { key: 'VERSION', value: 'trial-2' },
      { key: 'CANARYPROOF_VERSION', value: 'trial-2' },
    ];
    const of = (envs: readonly { key: string; value: string }[]) =>
      variables(
        asReplaced(containerConfig({ envs: [...envs] }), program, sandboxConfig({ labels: { version: 'v1' } })),
      );
    expect(of(trial)).toMatchObject({ VERSION: 'trial-2', GREETING: 'hi' });
    expect(of([{ key: 'VERSION', value: 'theirs' }])).toMatchObject({ VERSION: 'v1', GREETING: 'hi' });
  });

  test('an image that is run itself is left alone', () => {
    expect(asReplaced(theirs, {}, sandboxConfig())).toBe(theirs);
  });
});

describe('exec in a stand-in', () => {
  const run = async (timeoutMs: number, exits: readonly number[], served = new Set<string>()) => {
    const asked: (readonly string[])[] = [];
    const config = { envs: [{ key: 'CANARYPROOF_PORTS', value: '3000,3001' }] };
    const exec = () =>
      execInStandIn(
        async ({ argv }) => {
          asked.push(argv);
          return { stdout: null, stderr: null, exitCode: exits[asked.length - 1] ?? 0 };
        },
        { containerId: 'c', argv: ['/bin/their-check'], timeoutMs },
        config,
        served,
      );
    return { exec, asked };
  };

  test('a probe succeeds once the stand-in serves, and asks no more after that', async () => {
    const { exec, asked } = await run(1000, [1, 0]);
    expect([(await exec()).exitCode, (await exec()).exitCode, (await exec()).exitCode]).toEqual([1, 0, 0]);
    expect(asked).toHaveLength(2);
    expect(asked[0]?.join(' ')).toContain('connect(3000,');
  });

  test('a hook is run, and never fails', async () => {
    const { exec, asked } = await run(0, [127]);
    expect((await exec()).exitCode).toBe(0);
    expect(asked).toEqual([['/bin/their-check']]);
  });

  test.each([
    ['failed', true],
    ['notRunning', false],
  ] as const)('a hook that the runtime refuses as %s is done: %s', async (code, isDone) => {
    const refused = () => Promise.reject(new RuntimeRefusal(code, 'no such file'));
    const params = { containerId: 'c', argv: ['/not/there'], timeoutMs: 0 };
    const ended = await execInStandIn(refused, params, { envs: [] }, new Set()).catch(() => undefined);
    expect(ended?.exitCode).toBe(isDone ? 0 : undefined);
  });
});
