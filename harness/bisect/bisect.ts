/**
 * The use case `bisect`: which release of a component, or which commit of a repository, is the first on which a claim
 * fails. Every answer is the verdict of a whole run; one that could not be decided is run again once and then said.
 */
import type { StepRun } from './journal.ts';
import { type Answer, type Flip, flipsIn, nextStep, type SearchEnd } from './search.ts';

export interface Candidate {
  /** A release, or a commit of 40 hexadecimal digits. */
  readonly name: string;
  /** As people read it, such as `argo-rollouts 1.8.5`. */
  readonly shown: string;
  /** Whether it can be run without a build. */
  readonly isBuilt: boolean;
}

export interface BisectQuestion {
  /** Of the profile. */
  readonly subject: string;
  /** Id of the claim. */
  readonly claim: string;
  readonly what: 'release' | 'commit';
  /** From good to bad; at least two, each name once. */
  readonly candidates: readonly Candidate[];
}

export interface BisectPorts {
  /**
   * One whole run of one candidate. What it cannot judge is an outcome; it rejects for bad input, which ends the search,
   * and when it was interrupted.
   */
  readonly judge: (candidate: Candidate) => Promise<Omit<StepRun, 'candidate'>>;
  /** Keeps every run so far, the newest last. */
  readonly keep: (runs: readonly StepRun[]) => Promise<void>;
  readonly note: (text: string) => void;
}

export interface JudgedCandidate extends Candidate {
  /** Undefined: it was not asked. */
  readonly answer: Answer | undefined;
  readonly runs: readonly StepRun[];
}

/** What `-o json` prints. */
export interface BisectReport {
  readonly schemaVersion: '1';
  readonly subject: string;
  readonly claim: string;
  readonly what: BisectQuestion['what'];
  readonly end: SearchEnd | { readonly kind: 'interrupted' };
  readonly candidates: readonly JudgedCandidate[];
  /** Failures that a later candidate does not have: what was found is then the newest change of several. */
  readonly flips: readonly Flip[];
}

const TRIES = 2;

/** @param known runs of an earlier search of the same question; those of candidates that are not asked about count for nothing */
export async function bisect(
  question: BisectQuestion,
  known: readonly StepRun[],
  ports: BisectPorts,
  signal: AbortSignal,
): Promise<BisectReport> {
  const runs: StepRun[] = [...known];
  const kept = judged(question, known).filter(({ answer }) => answer !== undefined);
  if (kept.length > 0) ports.note(`going on: ${kept.map(({ shown, answer }) => `${shown} ${answer}`).join(', ')}`);
  for (;;) {
    const candidates = judged(question, runs);
    const step = nextStep(candidates);
    if (step.kind === 'ended') return reported(candidates, step.end);
    if (signal.aborted) return reported(candidates, { kind: 'interrupted' });
    const candidate = question.candidates[step.index]!;
    const again = candidates[step.index]!.runs.length > 0;
    ports.note(
      again
        ? `${candidate.shown} once more: it could not be decided`
        : `${candidate.shown}${candidate.isBuilt ? '' : ', to be built'}: one of at most ${step.left} that are left to ask`,
    );
    const run = await runOf(candidate);
    if (run === undefined) return reported(candidates, { kind: 'interrupted' });
    runs.push(run);
    await ports.keep(runs);
  }

  /** @returns undefined when it was interrupted: half a run decides nothing */
  async function runOf(candidate: Candidate): Promise<StepRun | undefined> {
    try {
      const said = await ports.judge(candidate);
      return signal.aborted ? undefined : { candidate: candidate.name, ...said };
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  function reported(candidates: readonly JudgedCandidate[], end: BisectReport['end']): BisectReport {
    const { subject, claim, what } = question;
    const flips = flipsIn(candidates.map(({ answer }) => answer));
    return { schemaVersion: '1', subject, claim, what, end, candidates, flips };
  }
}

function judged({ candidates }: BisectQuestion, runs: readonly StepRun[]): readonly JudgedCandidate[] {
  return candidates.map((candidate) => {
    const own = runs.filter((run) => run.candidate === candidate.name);
    return { ...candidate, answer: answerOf(own), runs: own };
  });
}

/** The last run that decided; what contradicts an earlier one cannot be, because a decided one is not asked again. */
function answerOf(runs: readonly StepRun[]): Answer | undefined {
  const decided = runs.findLast(({ outcome }) => outcome === 'passed' || outcome === 'failed')?.outcome;
  if (decided === 'passed' || decided === 'failed') return decided;
  return runs.length >= TRIES ? 'undecided' : undefined;
}
