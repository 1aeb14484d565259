/** What is wrong with a policy about images, from what the API server answered. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import { type LivePolicy, recordsOf } from '../../kyverno/live-policy.ts';
import {
  canRefuse,
  ownRefusal,
  type PolicyProblem,
  refusedByNoPolicy,
  ruleOf,
  saidBy,
} from '../../kyverno/policy-problems.ts';
import type { Asked } from '../../kyverno/question.ts';
import type { Refusal, RefusingPolicy } from '../../kyverno/refusal.ts';
import type { About, ImageQuestion } from './questions.ts';
import type { SignedImagesClaim } from './signed-images-claim.ts';

type AskedImage = Asked<ImageQuestion>;

/** What reaches a registry and gets no image from it, as the library says it by which Kyverno asks. */
const UNREADABLE =
  /MANIFEST_UNKNOWN|NAME_UNKNOWN|failed to resolve digest|failed to get imagedata|dial tcp|x509:|no such host|unexpected status code/;

const ADMITTED: Readonly<Record<Exclude<About, 'declared' | 'signed'>, { code: string; hint: string }>> = {
  unsigned: {
    code: 'POLICY_ADMITS_UNSIGNED',
    hint: 'No rule of the policy looks at it: see its matchImageReferences, validations, matchConditions and exceptions, and validationConfigurations.required.',
  },
  'another-key': {
    code: 'POLICY_ADMITS_ANOTHER_KEY',
    hint: 'The rule must ask for a signature of an attestor whose key is the release key; that there is one is not enough.',
  },
  moved: {
    code: 'POLICY_ADMITS_MOVED_TAG',
    hint: 'Kyverno remembers for an hour that a name was verified: have it verify digests (validationConfigurations.mutateDigest and verifyDigest, both on unless switched off).',
  },
  elsewhere: {
    code: 'POLICY_ADMITS_OTHER_REGISTRY',
    hint: 'No rule is about other registries. Say otherRegistries: admitted in the claim if that is meant.',
  },
};

/** How many images that had to be refused were admitted, as the end of a sentence. */
export function admittedOf(asked: readonly AskedImage[]): string {
  const refusable = asked.filter(({ question }) => question.expects === 'refused');
  const admitted = refusable.filter(({ answer }) => answer.kind === 'admitted').length;
  return admitted === 0 ? '' : `; ${admitted} of ${refusable.length} pods that had to be refused were admitted`;
}

/**
 * Why Kyverno could not look at an image of the run's registry; undefined: it could. Nothing is said of a policy by that.
 */
export function unreadable({ question, answer }: AskedImage): string | undefined {
  if (answer.kind === 'admitted' || question.about === 'elsewhere') return undefined;
  return answer.refusal.policies.find(({ isRule, message }) => !isRule && UNREADABLE.test(message))?.message;
}

/** What one answer shows, one problem or several; none: what was promised. */
export function answerProblems(
  claim: SignedImagesClaim,
  live: LivePolicy,
  { question, answer }: AskedImage,
  digestOf: (reference: string) => string | undefined,
): readonly PolicyProblem[] {
  const { about, expects, what } = question;
  if (answer.kind === 'admitted') {
    if (expects === 'admitted') return pinProblems(claim, question, answer.object, digestOf);
    if (!canRefuse(live) || about === 'declared' || about === 'signed') return [];
    const { code, hint } = ADMITTED[about];
    return [{ code, hint, outcome: 'failed', sentence: `${what} is admitted` }];
  }
  const problem =
    expects === 'admitted' ? refusedProblem(question, answer.refusal) : unnamed(claim, live, question, answer.refusal);
  return problem ? [problem] : [];
}

function refusedProblem({ about, what }: ImageQuestion, refusal: Refusal): PolicyProblem {
  const nobody = refusedByNoPolicy(what, refusal);
  if (nobody) return nobody;
  const said = saidBy(refusal.policies);
  if (about === 'declared')
    return {
      ...{ code: 'POLICY_REFUSES_CONFORMING', outcome: 'failed' },
      sentence: `${what} is refused as Git declares it (${said})`,
      hint: 'The next release of it will be refused, too: mend the policy, or what it refuses.',
    };
  if (about === 'elsewhere')
    return {
      ...{ code: 'POLICY_REFUSES_OTHER_REGISTRY', outcome: 'failed', sentence: `${what} is refused (${said})` },
      hint: 'The claim says otherRegistries: admitted; the policy is about that image, too.',
    };
  return {
    ...{ code: 'POLICY_REFUSES_SIGNED', outcome: 'failed', sentence: `${what} is refused (${said})` },
    hint: 'The release key signed it: is that the key of the attestor, does the rule ask for its signature alone, and does it ask for an entry in a transparency log (ctlog.insecureIgnoreTlog), which images of the run do not have?',
  };
}

function unnamed(
  { policy }: SignedImagesClaim,
  live: LivePolicy,
  { about, image = '', what }: ImageQuestion,
  refusal: Refusal,
): PolicyProblem | undefined {
  const { own, problem } = ownRefusal(what, policy, refusal);
  if (problem) return problem;
  // a registry that is nowhere cannot be looked at, and that refuses as well as a rule
  if (about === 'elsewhere' || (own.isRule && isReason(live, own, image))) return undefined;
  return {
    ...{ code: 'POLICY_REFUSAL_UNNAMED', outcome: 'failed' },
    sentence: `${what} is refused, but by no rule of the policy (${own.isRule ? '' : 'an error, '}${own.message})`,
    hint: 'A refusal counts when a validation of the policy, or Kyverno about that very image, gives the reason.',
  };
}

/** A validation of the policy as it is now, or what `required` says of an image that nobody verified. */
function isReason(live: LivePolicy, { message }: RefusingPolicy, image: string): boolean {
  return ruleOf(live, message) !== undefined || message.includes(image);
}

function pinProblems(
  { pinsDigests }: SignedImagesClaim,
  { what }: ImageQuestion,
  { kind, spec }: KubeObject,
  digestOf: (reference: string) => string | undefined,
): readonly PolicyProblem[] {
  // what makes pods keeps its tag, or Argo CD would find a difference to Git; its pods are asked about, too
  if (kind !== 'Pod') return [];
  return [...recordsOf(spec?.containers), ...recordsOf(spec?.initContainers)].flatMap(({ image }): PolicyProblem[] => {
    const [reference = '', digest] = String(image).split('@');
    const pushed = digestOf(reference);
    if (pushed === undefined || digest === pushed) return [];
    if (digest !== undefined)
      return [
        {
          ...{ code: 'POLICY_PINS_WRONG_DIGEST', outcome: 'failed' },
          sentence: `${what} is admitted as ${reference}@${digest}, and what was pushed under that tag is ${pushed}`,
          hint: 'Does something else write digests, or push into the registry of the run?',
        },
      ];
    if (!pinsDigests) return [];
    return [
      {
        ...{ code: 'POLICY_TAG_NOT_PINNED', outcome: 'failed' },
        sentence: `${what} is admitted with ${reference} by its tag, and the node runs whatever that is by then`,
        hint: 'Leave validationConfigurations.mutateDigest on, or say pinsDigests: false in the claim.',
      },
    ];
  });
}
