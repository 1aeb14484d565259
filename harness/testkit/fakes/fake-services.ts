/** Services of the command line that record how they were called; a test replaces those it needs. */
import { compareReports } from '../../../reports/model/compare/compare-reports.ts';
import { sampleLintReport } from '../../../reports/model/samples/sample-lint-report.ts';
import { sampleReport } from '../../../reports/model/samples/sample-report.ts';
import type { SimulationDocument } from '../../../reports/model/simulation-report.ts';
import type { BisectReport } from '../../bisect/bisect.ts';
import type { Services } from '../../cli/services.ts';
import type { SimulateRequest } from '../../cli/traffic-requests.ts';
import type { ConformPlan } from '../../conform/plan.ts';
import type { RunProduct } from '../../ports/run-product.ts';
import { settingsOf } from '../../simulate-policy/settings.ts';
import { runHere } from '../../simulation/batches.ts';
import { referencePolicy, scenario } from '../../simulation/policy-fixture.ts';
import { simulate } from '../../simulation/simulate.ts';

export interface ServiceCall {
  readonly verb: keyof Services;
  readonly request: unknown;
}

export interface FakeServices extends Services {
  readonly calls: ServiceCall[];
}

export function fakeProduct(report = sampleReport('passed')): RunProduct {
  return {
    report,
    directory: '/nowhere/runs/one',
    files: new Map([
      ['result.json', `${JSON.stringify(report)}\n`],
      ['junit.xml', '<testsuites/>\n'],
      ['summary.md', '# Verdict\n'],
      ['report.html', '<!doctype html>\n'],
    ]),
  };
}

/** A real one, of the reference policy. */
function smallSimulation(request: SimulateRequest): SimulationDocument {
  // where a profile or a recording would say it
  const known = { ...request.ask, at: undefined, ratePerSecond: request.ask.ratePerSecond ?? 40 };
  const settings = settingsOf(known, '/shop');
  const { ratePerSecond } = settings;
  const policy = referencePolicy('1m', 2);
  // so few releases decide no limit
  const few = {
    ...request,
    ...settings,
    releases: Math.min(request.releases, 40),
    precision: undefined,
    recommend: undefined,
    maxFalse: undefined,
    maxMiss: undefined,
  };
  const report = runHere(simulate({ ...few, policy, scenario: scenario({ ratePerSecond }) }));
  return { ...report, unit: 'folder deploy', patch: null };
}

export function samplePlan(changes: Partial<ConformPlan> = {}): ConformPlan {
  return {
    profile: { name: 'shop', title: 'plan of it' },
    cluster: {
      ...{ provider: 'local', name: 'shop', addons: ['istio'], components: ['k6'], shared: [] },
      namespaces: [{ name: 'shop', isMeshed: true }],
    },
    ...{ faults: [], files: [], claims: [], costs: [], changes: [], simulated: [], findings: [] },
    ...changes,
  };
}

/** Four releases, of which the third is the first that fails. */
export function sampleBisectReport(changes: Partial<BisectReport> = {}): BisectReport {
  const one = (name: string, answer: 'passed' | 'failed' | undefined) => ({
    ...{ name, shown: `argo-rollouts ${name}`, isBuilt: true, answer },
    runs: answer
      ? [{ candidate: name, outcome: answer, sentence: `it ${answer}`, report: `/nowhere/runs/${name}/report.html` }]
      : [],
  });
  return {
    ...{ schemaVersion: '1', subject: 'gridos', claim: 'gridos/canary-steps', what: 'release', flips: [] },
    end: { kind: 'first-failed', lastPassed: 1, firstFailed: 2 },
    candidates: [one('1.7.2', 'passed'), one('1.8.5', 'passed'), one('1.9.0', 'failed'), one('1.9.2', 'failed')],
    ...changes,
  };
}

export function createFakeServices(overrides: Partial<Services> = {}): FakeServices {
  const calls: ServiceCall[] = [];
  const record = <T>(verb: keyof Services, request: unknown, result: T): T => {
    calls.push({ verb, request });
    return result;
  };
  return {
    calls,
    conform: async (request) => record('conform', request, fakeProduct()),
    plan: async (request) => record('plan', request, samplePlan()),
    isUnchangedSince: async (request) => record('isUnchangedSince', request, false),
    bisect: async (request) =>
      record('bisect', request, { report: sampleBisectReport(), journal: '/nowhere/runs/bisect.json' }),
    init: async (request) =>
      record('init', request, {
        directory: '/nowhere/canaryproof',
        unit: 'folder k8s',
        candidates: ['folder k8s'],
        proposal: {
          ...{ name: 'shop', title: 'What folder k8s declares, with real traffic', namespaces: [], addons: [] },
          ...{ images: [], claims: [], changes: [], unprovable: [] },
          sideBySide: false,
          cluster: { prometheusServices: [], gatewayLabels: {}, gatewayCertificates: [] },
        },
        findings: [],
      }),
    lint: async (request) => record('lint', request, sampleLintReport()),
    up: async (request) =>
      record('up', request, {
        name: request.name,
        kubeconfigPath: '/nowhere/kubeconfig',
        ingressUrl: 'http://127.0.0.1:1',
        prometheusUrl: undefined,
        components: [{ name: 'istio', version: '1.0', origin: 'a test' }],
      }),
    down: async (request) => record('down', request, ['one']),
    status: async () => record('status', undefined, []),
    doctor: async () => record('doctor', undefined, []),
    assertSplit: async (request) => record('assertSplit', request, fakeProduct()),
    capacity: async (request) => record('capacity', request, fakeProduct()),
    compare: async (request) =>
      record('compare', request, compareReports(sampleReport('passed'), sampleReport('passed'))),
    history: async (request) => record('history', request, { subjects: [], problems: [] }),
    keepRun: async (request) => record('keepRun', request, undefined),
    remakeReport: async (request) => record('remakeReport', request, fakeProduct()),
    nightIssues: async (request) => record('nightIssues', request, []),
    watch: async (request, ready) => {
      record('watch', request, undefined);
      ready({ url: 'http://127.0.0.1:8080/', runDirectory: request.runDirectory ?? request.runsDirectory });
    },
    comment: async (request) => record('comment', request, { text: 'a comment', posted: undefined, why: 'no token' }),
    toolchain: async (request) =>
      record(
        'toolchain',
        request,
        request.action === 'export'
          ? { action: 'export', file: request.file, bytes: 1, sha256: '0'.repeat(64), components: ['k6 1.0'] }
          : { action: 'import', file: request.file, sha256: '0'.repeat(64), installed: [], kept: [], passedOver: [] },
      ),
    simulate: async (request) => record('simulate', request, smallSimulation(request)),
    simulateSideBySide: async (request) =>
      record(
        'simulateSideBySide',
        request,
        request.sources.map((source) => ({
          policy: source,
          unit: 'folder deploy',
          document: smallSimulation({ ...request, source }),
          refused: null,
        })),
      ),
    simulatePart: async (request, part) => record('simulatePart', { ...request, part }, 'counts of a part\n'),
    images: async (request) =>
      record('images', request, {
        images: [],
        cacheDirectory: '/nowhere/images',
        cacheBytes: 0,
        engineVersion: undefined,
        built: [],
        loaded: [],
        freedBytes: 0,
      }),
    ...overrides,
  };
}
