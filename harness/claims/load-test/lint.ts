/** What can be said of a load test before anything runs: whether it runs once, ends, and says what it counted. Pure. */
import { asRecord, errorAt, type Finding, findingAt, nameOf } from '../../lint/manifest-set.ts';
import type { LintContext } from '../claim-kind.ts';
import { type DeclaredJob, podSpecOf, readJob } from './declared-job.ts';
import type { LoadTestClaim } from './load-test-claim.ts';

/** What reading the Job finds, LOAD_TEST_SEVERAL_RUNS, LOAD_TEST_WITHOUT_DEADLINE, LOAD_TEST_WITHOUT_SUMMARY. */
export function lintLoadTest(claim: LoadTestClaim, { files }: LintContext): readonly Finding[] {
  const { job, problem } = readJob(claim, files);
  return problem ? [problem] : [...runFindings(job), ...summaryFindings(job)];
}

function runFindings({ manifest: object }: DeclaredJob): readonly Finding[] {
  const spec = asRecord(object.value.spec) ?? {};
  const { backoffLimit = 6, parallelism = 1, completions = 1, activeDeadlineSeconds } = spec;
  const findings: Finding[] = [];
  if (backoffLimit !== 0)
    findings.push(
      errorAt(object, ['spec', 'backoffLimit'], {
        code: 'LOAD_TEST_SEVERAL_RUNS',
        sentence: `${nameOf(object)} runs again after it failed, up to ${Number(backoffLimit)} times: a threshold that was not kept is hidden by a run that kept it`,
        hint: 'Set backoffLimit: 0. Kubernetes takes 6 where nothing is said.',
      }),
    );
  if (parallelism !== 1 || completions !== 1)
    findings.push(
      errorAt(object, ['spec', parallelism === 1 ? 'completions' : 'parallelism'], {
        code: 'LOAD_TEST_SEVERAL_RUNS',
        sentence: `${nameOf(object)} runs k6 in several pods, each with figures of its own`,
        hint: 'Let one pod send the load; thresholds hold for one k6.',
      }),
    );
  if (podSpecOf(object).restartPolicy !== 'Never')
    findings.push(
      errorAt(object, ['spec', 'template', 'spec', 'restartPolicy'], {
        code: 'LOAD_TEST_SEVERAL_RUNS',
        sentence: `pods of ${nameOf(object)} start k6 again after it failed`,
        hint: 'Set restartPolicy: Never.',
      }),
    );
  if (typeof activeDeadlineSeconds !== 'number')
    findings.push(
      findingAt(object, ['spec'], {
        code: 'LOAD_TEST_WITHOUT_DEADLINE',
        severity: 'warning',
        sentence: `${nameOf(object)} has no activeDeadlineSeconds: one that hangs stays for ever`,
        hint: 'Set it to several times what the load lasts.',
      }),
    );
  return findings;
}

/** How the script says its figures is not known; that it says them somewhere is. */
function summaryFindings({ manifest: object, mounted }: DeclaredJob): readonly Finding[] {
  const texts = mounted.flatMap((one) => Object.values(one.texts));
  if (texts.some((text) => /\bhandleSummary\b/.test(text))) return [];
  return [
    errorAt(object, ['spec'], {
      code: 'LOAD_TEST_WITHOUT_SUMMARY',
      sentence: `the script of ${nameOf(object)} exports no handleSummary, so nobody can read what it counted`,
      hint: SUMMARY_HINT,
    }),
  ];
}

/** What a script has to print. */
export const SUMMARY_HINT =
  "Print k6's figures and options as one line: export function handleSummary(data) { return { stdout: JSON.stringify({ ...data, options: exec.test.options }) + '\\n' } }, with exec from k6/execution.";
