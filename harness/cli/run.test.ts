import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sampleReport } from '../../reports/model/samples/sample-report.ts';
import { EXIT, environmentError } from '../errors/harness-error.ts';
import { createFakeServices, fakeProduct } from '../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../testkit/fakes/fake-world.ts';
import { run } from './run.ts';

const SPLIT = ['assert-split', '--url', 'http://127.0.0.1:9/', '--identify', 'header:X-Version'];
const PROXY = ['assert-split', '--url', 'http://127.0.0.1:9/', '--identify', 'proxy'];

async function runWith(argv: readonly string[], services = createFakeServices(), world = createFakeWorld()) {
  const exitCode = await run(world, argv, services);
  return { exitCode, stdout: world.stdoutText(), stderr: world.stderrText(), calls: services.calls };
}

describe('help and version', () => {
  test('--help lists every verb and the exit codes on stdout', async () => {
    const { exitCode, stdout, stderr } = await runWith(['--help']);
    expect(exitCode).toBe(EXIT.passed);
    expect(stderr).toBe('');
    for (const word of [
      'conform',
      'assert-split',
      'up',
      'down',
      'status',
      'doctor',
      'plan',
      'report',
      'schema',
      '130 or 143',
    ])
      expect(stdout).toContain(word);
  });

  test('each verb has help of its own', async () => {
    for (const verb of ['conform', 'assert-split', 'up', 'down', 'status', 'doctor', 'plan', 'report', 'schema']) {
      const { exitCode, stdout } = await runWith([verb, '--help']);
      expect(exitCode).toBe(EXIT.passed);
      expect(stdout).toContain(`Usage: canaryproof ${verb}`);
      expect((await runWith(['help', verb])).stdout).toBe(stdout);
    }
  });

  test('no arguments: help on stderr, usage error', async () => {
    const { exitCode, stdout, stderr } = await runWith([]);
    expect(exitCode).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(stderr).toContain('Usage: canaryproof');
  });

  test('--version prints the version of the package', async () => {
    expect((await runWith(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('bad input: exit 2, one block, nothing called', () => {
  test.each([
    [['confrom', 'bookinfo'], 'USAGE_UNKNOWN_COMMAND', 'Did you mean conform?'],
    [['conform', 'bookinfo', '--assurnce', 'smoke'], 'USAGE_UNKNOWN_OPTION', 'Did you mean --assurance?'],
    [['conform', 'bookinfo', '--assurance', 'sloppy'], 'USAGE_INVALID_ARGUMENT', 'smoke, default, nightly'],
    [['conform'], 'USAGE_MISSING_ARGUMENT', 'profile'],
    [['conform', 'a', 'b'], 'USAGE_EXCESS_ARGUMENTS', 'too many'],
    [['conform', 'a', '--keep', '--cleanup', 'always'], 'USAGE_CONFLICTING_OPTION', '--cleanup'],
    [['conform', 'a', '--component', 'istio'], 'USAGE_INVALID_ARGUMENT', 'NAME=VALUE'],
    [['conform', 'a', '--rate', '-3'], 'USAGE_INVALID_ARGUMENT', 'above 0'],
    [['conform', 'a', '-o', 'yaml'], 'OUTPUT_FORMAT', 'Known here: human'],
    [['conform', 'a', '-o', 'jsn'], 'OUTPUT_FORMAT', 'Did you mean json?'],
    [['conform', 'a', '-o', 'json', '-o', 'junit'], 'OUTPUT_STDOUT_TWICE', 'json and junit'],
    [['conform', 'a', '-o', 'json='], 'OUTPUT_PATH', '-o json=FILE'],
    [['conform', 'a', '-o', 'json=x', '-o', 'junit=./x'], 'OUTPUT_PATH_TWICE', 'a file of its own'],
    [['watch', 'runs/a', '--port', '99999'], 'USAGE_INVALID_ARGUMENT', '65535'],
    [[...SPLIT, '--expect', 'v1=100', '--max-duration', '9999h'], 'USAGE_INVALID_ARGUMENT', '24 days'],
    [['up', '--name', 'Not A Name'], 'USAGE_INVALID_ARGUMENT', 'lower-case'],
    [['down', '--all', '--orphans'], 'USAGE_CONFLICTING_OPTION', '--orphans'],
    [['schema', 'poem'], 'USAGE_INVALID_ARGUMENT', 'profile, fault, report'],
    [['assert-split', '--identify', 'header:x'], 'USAGE_MISSING_MANDATORY_OPTION_VALUE', '--url'],
    [SPLIT, 'EXPECT_MISSING', '--expect v1=90,v2=10'],
    [[...SPLIT, '--expect', 'v1=90,v2=20'], 'EXPECT_SUM', '110'],
    [[...SPLIT, '--expect', 'v1=100', '--virtual-service', 'a/b'], 'USAGE_CONFLICTING_OPTION', '--virtual-service'],
    [[...SPLIT, '--virtual-service', 'a/b'], 'CONTEXT_MISSING', '--context'],
    [[...SPLIT, '--virtual-service', 'ab', '--context', 'c'], 'VIRTUAL_SERVICE_SYNTAX', 'NAMESPACE/NAME'],
    [[...SPLIT, '--expect', 'v1=100', '--context', 'c'], 'VIRTUAL_SERVICE_MISSING', '--virtual-service'],
    [[...SPLIT, '--expect', 'v1=100', '--service', 'a/b'], 'SERVICE_UNUSED', '--identify'],
    [[...PROXY, '--expect', 'v1=100'], 'CONTEXT_MISSING', '--context'],
    [[...PROXY, '--expect', 'v1=100', '--context', 'c'], 'SERVICE_MISSING', 'NAMESPACE/NAME'],
    [[...PROXY, '--expect', 'v1=100', '--context', 'c', '--service', 'b'], 'SERVICE_SYNTAX', 'NAMESPACE/NAME'],
    [[...SPLIT, '--expect', 'v1=100', '--url', 'localhost'], 'URL_SYNTAX', 'whole address'],
    [[...SPLIT, '--expect', 'v1=100', '--url', 'ftp://a/'], 'URL_PROTOCOL', 'ftp'],
    [[...SPLIT, '--expect', 'v1=100', '--url', 'http://u:p@a/'], 'URL_CREDENTIALS', 'Authorization'],
    [[...SPLIT, '--expect', 'v1=100', '--identify', 'query:x'], 'IDENTIFY_SYNTAX', 'header:NAME'],
    [[...SPLIT, '--expect', 'v1=100', '-H', 'nonsense'], 'HEADER_SYNTAX', 'Name: value'],
    [[...SPLIT, '--expect', 'v1=100', '--max-duration', 'soon'], 'USAGE_INVALID_ARGUMENT', 'duration'],
    [[...SPLIT, '--expect', 'v1=100', '--method', 'BREW'], 'METHOD_UNKNOWN', 'BREW'],
    [[...SPLIT, '--expect', 'v1=100', '--warm-up', '-1'], 'USAGE_INVALID_ARGUMENT', '0 or more'],
  ])('%j: %s', async (argv, code, hint) => {
    const { exitCode, stdout, stderr, calls } = await runWith(argv);
    expect(stderr).toContain(hint);
    expect(stderr).toMatch(new RegExp(`^error ${code}: `));
    expect(exitCode).toBe(EXIT.usage);
    expect(stdout).toBe('');
    expect(calls).toEqual([]);
  });
});

describe('requests', () => {
  test('conform', async () => {
    const { calls, exitCode } = await runWith([
      ...['conform', 'bookinfo', '--assurance', 'smoke', '--component', 'istio=1.2', '--component', 'k6=2.2.0'],
      ...['--claim', 'sidecars', '--claim', 'bookinfo/application'],
      ...[
        '--fault',
        'split-80-20',
        '--fault',
        'pod-count',
        '--rate',
        '50',
        '--name',
        'mine',
        '--run-dir',
        'out',
        '--keep',
      ],
    ]);
    expect(exitCode).toBe(EXIT.passed);
    expect(calls).toEqual([
      {
        verb: 'conform',
        request: {
          settings: {},
          profile: 'bookinfo',
          assurance: 'smoke',
          provider: 'local',
          cleanup: 'never',
          claims: ['sidecars', 'bookinfo/application'],
          componentVersions: { istio: '1.2', k6: '2.2.0' },
          faults: ['split-80-20', 'pod-count'],
          runsDirectory: '/nowhere/out',
          clusterName: 'mine',
          ratePerSecond: 50,
          command: expect.arrayContaining(['canaryproof', 'conform', '--keep']),
        },
      },
    ]);
  });

  test('the default clean-up: on success before a terminal, always in CI and in pipes', async () => {
    const cleanup = async (env: Record<string, string>, stderrIsTTY: boolean) => {
      const { calls } = await runWith(['conform', 'x', '-q'], undefined, createFakeWorld({ env, stderrIsTTY }));
      return (calls[0]!.request as { cleanup: string }).cleanup;
    };
    expect(await cleanup({}, true)).toBe('on-success');
    expect(await cleanup({ CI: 'true' }, true)).toBe('always');
    expect(await cleanup({}, false)).toBe('always');
  });

  test('assert-split fills in defaults and masks secrets in what it records', async () => {
    const { calls } = await runWith([
      ...SPLIT,
      '--expect',
      'v1=90,v2=10',
      '-H',
      'Authorization: Bearer abc',
      '-H',
      'X-A: b:c',
    ]);
    expect(calls[0]?.request).toMatchObject({
      url: 'http://127.0.0.1:9/',
      expect: [
        { name: 'v1', share: 0.9 },
        { name: 'v2', share: 0.1 },
      ],
      identify: { kind: 'header', name: 'x-version' },
      assurance: 'default',
      ratePerSecond: 1000,
      maxDurationMs: 300_000,
      connectTimeoutMs: 5000,
      warmUpRequests: 1000,
      headers: { Authorization: 'Bearer abc', 'X-A': 'b:c' },
      runsDirectory: '/nowhere/runs',
    });
    const { command } = calls[0]!.request as { command: readonly string[] };
    expect(command).toContain('Authorization: ***');
    expect(command).toContain('X-A: ***');
    expect(command.join(' ')).not.toContain('abc');
  });

  test('down and up', async () => {
    expect((await runWith(['down'])).calls[0]?.request).toEqual({ which: { name: 'canaryproof' } });
    expect((await runWith(['down', '--all'])).calls[0]?.request).toEqual({ which: 'all' });
    expect((await runWith(['down', '--orphans'])).calls[0]?.request).toEqual({ which: 'orphans' });
    const { stdout, calls } = await runWith(['up', '--addon', 'istio']);
    expect(calls[0]?.request).toMatchObject({ name: 'canaryproof', addons: ['istio'] });
    expect(stdout).toContain('kubeconfig  /nowhere/kubeconfig');
  });

  test('status, doctor and plan speak JSON', async () => {
    expect(JSON.parse((await runWith(['status', '-o', 'json'])).stdout)).toEqual([]);
    expect(JSON.parse((await runWith(['doctor', '-o', 'json'])).stdout)).toEqual([]);
    expect(JSON.parse((await runWith(['plan', 'x', '-o', 'json'])).stdout)).toMatchObject({
      title: 'shop: plan of it',
    });
    expect((await runWith(['status'])).stdout).toBe('no clusters\n');
  });

  test('schema prints JSON Schemas', async () => {
    for (const document of ['profile', 'fault', 'report'])
      expect(JSON.parse((await runWith(['schema', document])).stdout)).toHaveProperty('$schema');
  });

  test('doctor exits 3 when something needed is missing, and names the fix', async () => {
    const doctor = async () => [
      { name: 'node', state: 'ok' as const, found: '24', neededFor: 'every verb' },
      {
        name: 'nft',
        state: 'failed' as const,
        found: 'missing',
        neededFor: 'local clusters',
        fix: 'apt install nftables',
      },
    ];
    const { exitCode, stdout } = await runWith(['doctor'], createFakeServices({ doctor }));
    expect(exitCode).toBe(EXIT.environment);
    expect(stdout).toContain('fix: apt install nftables');
    expect(stdout).toContain('2 checks: 1 failed');
  });
});

describe('how a run ends', () => {
  test.each([
    ['passed', EXIT.passed],
    ['failed', EXIT.failed],
    ['inconclusive', EXIT.inconclusive],
    ['invalid', EXIT.invalid],
  ] as const)('%s exits %i', async (outcome, exitCode) => {
    const services = createFakeServices({ conform: async () => fakeProduct(sampleReport(outcome)) });
    const result = await runWith(['conform', 'x'], services);
    expect(result.exitCode).toBe(exitCode);
    expect(result.stdout.toLowerCase()).toContain(outcome);
    expect(result.stdout).toContain('/nowhere/runs/one/report.html');
  });

  test('a spent time budget is exit 6', async () => {
    const report = sampleReport('inconclusive');
    const splits = report.splits.map((split) => ({ ...split, reason: 'time-budget' }));
    const services = createFakeServices({ conform: async () => fakeProduct({ ...report, splits }) });
    expect((await runWith(['conform', 'x'], services)).exitCode).toBe(EXIT.budget);
  });

  test.each([EXIT.interrupted, EXIT.terminated])(
    'interrupted with %i: the report is shown, the signal decides',
    async (code) => {
      const world = createFakeWorld();
      const services = createFakeServices({
        conform: async () => {
          world.interrupt(code);
          return fakeProduct(sampleReport('inconclusive'));
        },
      });
      const { exitCode, stdout } = await runWith(['conform', 'x'], services, world);
      expect(exitCode).toBe(code);
      expect(stdout.toLowerCase()).toContain('inconclusive');
    },
  );

  test('an abort after Ctrl-C is no bug', async () => {
    const world = createFakeWorld();
    const services = createFakeServices({
      conform: async () => {
        world.interrupt(EXIT.interrupted);
        throw world.interruption.signal.reason;
      },
    });
    const { exitCode, stderr } = await runWith(['conform', 'x'], services, world);
    expect(exitCode).toBe(EXIT.interrupted);
    expect(stderr).toBe('interrupted\n');
  });

  test.each(['plan', 'lint', 'simulate'] as const)('%s only reads: Ctrl-C ends it at once', async (verb) => {
    const world = createFakeWorld();
    const never = async (): Promise<never> => {
      world.interrupt(EXIT.interrupted);
      return new Promise<never>(() => undefined);
    };
    const services = createFakeServices({ plan: never, lint: never, simulate: never });
    const argv = verb === 'simulate' ? [verb, 'gridos', '--traffic', '5/s'] : [verb, 'x'];
    const { exitCode, stderr } = await runWith(argv, services, world);
    expect({ exitCode, stderr }).toEqual({ exitCode: EXIT.interrupted, stderr: 'interrupted\n' });
  });

  test('a known error: code, where, hint; causes only with -v', async () => {
    const services = createFakeServices({
      conform: async () => {
        throw environmentError('PORT_TAKEN', 'port 80 is taken', {
          where: '127.0.0.1:80',
          hint: 'Free it.',
          cause: new Error('EADDRINUSE'),
        });
      },
    });
    const calm = await runWith(['conform', 'x'], services);
    expect(calm.exitCode).toBe(EXIT.environment);
    expect(calm.stderr).toBe('error PORT_TAKEN: port 80 is taken\n  where: 127.0.0.1:80\n  hint: Free it.\n');
    expect((await runWith(['conform', 'x', '-v'], services)).stderr).toContain('caused by: Error: EADDRINUSE');
  });

  test('anything else is a bug: exit 70 and a request to report it', async () => {
    const services = createFakeServices({
      conform: async () => {
        throw new TypeError('undefined is not a function');
      },
    });
    const { exitCode, stderr } = await runWith(['conform', 'x'], services);
    expect(exitCode).toBe(EXIT.internal);
    expect(stderr).toContain('run.test.ts');
    expect(stderr).toContain('Please report it');
  });
});

describe('outputs', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'canaryproof-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('files and stdout at once', async () => {
    const world = createFakeWorld({ cwd: folder });
    const { stdout } = await runWith(
      ['conform', 'x', '-o', 'json', '-o', 'junit=a/j.xml', '-o', 'markdown=s.md'],
      undefined,
      world,
    );
    expect(JSON.parse(stdout)).toMatchObject({ outcome: 'passed' });
    expect(await readFile(path.join(folder, 'a/j.xml'), 'utf8')).toBe('<testsuites/>\n');
    expect(await readFile(path.join(folder, 's.md'), 'utf8')).toBe('# Verdict\n');
  });

  test('ndjson: every event as it happens, the result last', async () => {
    const services = createFakeServices({
      conform: async (_, progress) => {
        progress.step('build').done('it');
        return fakeProduct();
      },
    });
    const { stdout } = await runWith(['conform', 'x', '-o', 'ndjson'], services);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(events.map(({ type }) => type).slice(0, 3)).toEqual(['step-started', 'step-done', 'run']);
    expect(events.at(-1)).toMatchObject({ type: 'verdict', outcome: 'passed' });
  });

  test('github: annotations, step summary and outputs', async () => {
    const files = { GITHUB_STEP_SUMMARY: path.join(folder, 'summary'), GITHUB_OUTPUT: path.join(folder, 'output') };
    const services = createFakeServices({ conform: async () => fakeProduct(sampleReport('failed')) });
    const { stdout } = await runWith(['conform', 'x', '-o', 'github'], services, createFakeWorld({ env: files }));
    expect(stdout).toMatch(/^::error title=failed%3A bookinfo::/);
    expect(await readFile(files.GITHUB_STEP_SUMMARY, 'utf8')).toBe('# Verdict\n');
    expect(await readFile(files.GITHUB_OUTPUT, 'utf8')).toBe(
      'verdict=failed\nreport-path=/nowhere/runs/one/report.html\n',
    );
  });

  test('an output that cannot be written is an environment error', async () => {
    const { exitCode, stderr } = await runWith(['conform', 'x', '-o', `json=${import.meta.filename}/below-a-file`]);
    expect(exitCode).toBe(EXIT.environment);
    expect(stderr).toContain('error OUTPUT_UNWRITABLE');
  });

  test('quiet says nothing on stderr', async () => {
    expect((await runWith(['conform', 'x', '-q'])).stderr).toBe('');
  });

  test.each([
    [{}, false, [], false],
    [{}, true, [], true],
    [{ NO_COLOR: '1' }, true, [], false],
    [{ TERM: 'dumb' }, true, [], false],
    [{ FORCE_COLOR: '1' }, false, [], true],
    [{ FORCE_COLOR: '0' }, true, [], false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, [], false],
    [{}, true, ['--no-color'], false],
  ] as const)('colour with %j, terminal %s, flags %j: %s', async (env, stdoutIsTTY, flags, coloured) => {
    const { stdout } = await runWith(['conform', 'x', ...flags], undefined, createFakeWorld({ env, stdoutIsTTY }));
    expect(stdout.includes('\x1b[')).toBe(coloured);
  });
});
