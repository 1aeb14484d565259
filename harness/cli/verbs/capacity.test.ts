import { describe, expect, it } from 'vitest';
import { createFakeServices } from '../../testkit/fakes/fake-services.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { run } from '../run.ts';

const URL_OPTION = ['--url', 'http://127.0.0.1:8080/'];
const OBJECTIVE = ['--objective', 'p95<500ms'];

async function called(...argv: string[]) {
  const world = createFakeWorld();
  const services = createFakeServices();
  const code = await run(world, ['capacity', ...argv], services);
  return { code, request: services.calls[0]?.request as Record<string, unknown> | undefined, told: world.stderrText() };
}

describe('capacity', () => {
  it('asks for what was typed', async () => {
    const { request } = await called(
      ...URL_OPTION,
      ...OBJECTIVE,
      '--from',
      '20',
      '--max',
      '900',
      '--width',
      '10',
      '--budget',
      '5m',
      '--peak',
      '150',
      '--headroom',
      '1.5',
      '--growth',
      '5',
      '--arrivals',
      'paced',
      '--pulse',
      '--seed',
      '9',
      '--generators',
      '2',
    );
    expect(request).toMatchObject({
      url: 'http://127.0.0.1:8080/',
      objective: { objectiveShare: 0.05, limitMs: 500 },
      fromRate: 20,
      maxRate: 900,
      width: 0.1,
      budgetSeconds: 300,
      arrivals: 'paced',
      pulse: true,
      seed: 9,
      generators: 2,
      peak: { ratePerSecond: 150, headroom: 1.5, growth: 0.05 },
    });
  });

  it.each([
    ['CAPACITY_OBJECTIVE_UNIT', ['--objective', 'p95<500']],
    ['CAPACITY_OBJECTIVE_LIMIT', ['--objective', 'p95<1ms']],
    ['CAPACITY_OBJECTIVE', ['--objective', 'fast']],
    ['CAPACITY_SHARE', ['--objective', 'p0<1s']],
    ['CAPACITY_PEAK_ABOVE_MAX', [...OBJECTIVE, '--peak', '100', '--headroom', '2', '--max', '150']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--headroom', '2']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--growth', '2']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--take-back-at', '25']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--peak-alone']],
    ['CAPACITY_PEAK_ALONE', [...OBJECTIVE, '--peak', '10', '--peak-alone', '--growth', '5']],
    ['CAPACITY_PEAK_ALONE', [...OBJECTIVE, '--peak', '10', '--peak-alone', '--width', '5']],
    ['CAPACITY_TAKE_BACK', [...OBJECTIVE, '--peak', '10', '--take-back-at', '25']],
    ['CAPACITY_TAKE_BACK', [...OBJECTIVE, '--peak', '10', '--take-back-at', '101', '--replicas', '4']],
    ['CAPACITY_PEAK_ALONE', [...OBJECTIVE, '--peak', '10', '--peak-alone', '--pulse']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--canary-steps', '25']],
    ['CAPACITY_AGAINST', [...OBJECTIVE, '--both']],
    ['CAPACITY_PEAK_MISSING', [...OBJECTIVE, '--measured', '1=10,2=19,3=27']],
    ['CAPACITY_MEASURED', [...OBJECTIVE, '--peak', '10', '--measured', '1=10,2=19']],
    ['CAPACITY_MEASURED', [...OBJECTIVE, '--peak', '10', '--measured', '1=10,2=19,2=20']],
    ['CAPACITY_MEASURED', [...OBJECTIVE, '--peak', '10', '--measured', '0=10,2=19,3=27']],
    ['CAPACITY_MEASURED', [...OBJECTIVE, '--peak', '10', '--measured', '1=0,2=19,3=27']],
    ['CAPACITY_MEASURED', [...OBJECTIVE, '--peak', '10', '--measured', '1:10,2:19,3:27']],
    ['CAPACITY_PEAK_ALONE', [...OBJECTIVE, '--peak', '10', '--peak-alone', '--against', 'http://127.0.0.1:1/']],
    ['URL_PROTOCOL', [...OBJECTIVE, '--against', 'ftp://127.0.0.1/']],
    ['CAPACITY_CANARY_STEPS', [...OBJECTIVE, '--peak', '10', '--canary-steps', '25']],
    ['CAPACITY_CANARY_STEPS', [...OBJECTIVE, '--peak', '10', '--replicas', '4', '--canary-steps', '25,0']],
    ['CAPACITY_CANARY_STEPS', [...OBJECTIVE, '--peak', '10', '--replicas', '4', '--canary-steps', '101']],
    ['CAPACITY_CANARY_STEPS', [...OBJECTIVE, '--peak', '10', '--replicas', '4', '--canary-steps', '25x']],
    ['CAPACITY_HPA', [...OBJECTIVE, '--peak', '10', '--hpa', '2-10@70']],
    ['CAPACITY_HPA', [...OBJECTIVE, '--peak', '10', '--replicas', '4', '--canary-steps', '5', '--hpa', '10-2@70']],
    ['CAPACITY_HPA', [...OBJECTIVE, '--peak', '10', '--replicas', '4', '--canary-steps', '5', '--hpa', '2-10@0']],
    ['CAPACITY_NOT_REPEATABLE', [...OBJECTIVE, '--method', 'POST']],
    ['USAGE_INVALID_ARGUMENT', [...OBJECTIVE, '--budget', 'soon']],
    ['USAGE_INVALID_ARGUMENT', [...OBJECTIVE, '--from', '0']],
    ['USAGE_INVALID_ARGUMENT', [...OBJECTIVE, '--generators', '0']],
    ['USAGE_INVALID_ARGUMENT', [...OBJECTIVE, '--generators', '9']],
  ])('refuses with %s: %j', async (code, argv) => {
    const answer = await called(...URL_OPTION, ...argv);
    expect(answer).toMatchObject({ code: 2, request: undefined });
    expect(answer.told).toContain(code);
  });

  it('asks for a canary, and keeps what its address hides', async () => {
    const one = await called(...URL_OPTION, ...OBJECTIVE, '--against', 'http://127.0.0.1:8081/?key=s3cret', '--both');
    expect(one.request!.against).toEqual({
      url: 'http://127.0.0.1:8081/?key=s3cret',
      shownUrl: expect.not.stringContaining('s3cret'),
      both: true,
    });
    expect((await called(...URL_OPTION, ...OBJECTIVE)).request!.against).toBeUndefined();
  });

  it('asks for the peak alone', async () => {
    const { request } = await called(...URL_OPTION, ...OBJECTIVE, '--peak', '150', '--peak-alone');
    expect(request).toMatchObject({ peak: { ratePerSecond: 150, headroom: 1, alone: true } });
  });

  it('asks how many pods hold the peak', async () => {
    const { request } = await called(
      ...URL_OPTION,
      ...OBJECTIVE,
      '--peak',
      '150',
      '--measured',
      '1=100, 2=190,4=340.5',
    );
    expect(request!.peak).toMatchObject({
      measured: [
        { pods: 1, ratePerSecond: 100 },
        { pods: 2, ratePerSecond: 190 },
        { pods: 4, ratePerSecond: 340.5 },
      ],
    });
  });

  it('asks for the steps of a canary', async () => {
    const steps = ['--replicas', '4', '--canary-steps', '10, 25x1', '--hpa', '2-10@70'];
    const { request } = await called(...URL_OPTION, ...OBJECTIVE, '--peak', '150', ...steps);
    expect(request!.peak).toMatchObject({
      takeBack: undefined,
      canary: {
        replicas: 4,
        steps: [
          { weightPercent: 10, pods: undefined },
          { weightPercent: 25, pods: 1 },
        ],
        autoscaler: { minPods: 2, maxPods: 10, target: 0.7 },
      },
    });
  });

  it('sends a POST only when it may be repeated', async () => {
    expect((await called(...URL_OPTION, ...OBJECTIVE, '--method', 'post', '--repeatable')).request).toMatchObject({
      method: 'POST',
    });
  });
});
