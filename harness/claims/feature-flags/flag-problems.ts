/** What a film of a flag refutes. Pure. */
import { seconds } from '../../documents/figures.ts';
import { whole } from '../../verdict/wording.ts';
import type { DeclaredFlag } from './declared-flag.ts';
import type { FeatureFlagsClaim } from './feature-flags-claim.ts';
import { answersIn, changedUsers, type FlagFilm, knownUsers } from './flag-film.ts';

export interface FlagProblem {
  readonly code: string;
  readonly sentence: string;
  readonly hint: string;
}

export interface Deployed {
  /** Pods that came, went or restarted meanwhile. */
  readonly touched: readonly string[];
  /** What Argo CD had applied before and after. */
  readonly revisions: readonly [before: string, after: string];
}

type Asked = Pick<FeatureFlagsClaim, 'flag' | 'service' | 'toggledWithinMs'>;

/** Whatever the share of users is. */
export function flagProblems(claim: Asked, declared: DeclaredFlag, film: FlagFilm, deployed: Deployed) {
  const { flag, service } = claim;
  const known = knownUsers(film, film.declared);
  const problems: FlagProblem[] = [];
  const unsaid = unsaidIn(film);
  if (unsaid > 0)
    problems.push({
      code: 'FLAG_NOT_EVALUATED',
      sentence: `${whole(unsaid)} answers do not say what came of flag ${flag}`,
      hint: `Pods of ${service} must name it in the chain of hops; those that never reached Unleash say "unknown": look at its address and the token in their namespace.`,
    });
  if (known.flipped.size > 0)
    problems.push({
      code: 'FLAG_FLIPS',
      sentence: `${whole(known.flipped.size)} of ${whole(known.first.length)} users were answered with ${flag} on as well as off, while nobody toggled it`,
      hint: `It is declared to stick ${declared.stickiness === 'userId' ? 'to the user' : `by ${declared.stickiness}`}: see the stickiness that Unleash has, and where ${service} takes the user from.`,
    });
  problems.push(...unansweredProblems(claim, film));
  problems.push(...toggleProblems(claim, film));
  // where nobody keeps his answer, none is told from another afterwards
  const keep = known.flipped.size === 0;
  const changed = changedUsers(film, film.again, known);
  if (keep && changed.size > 0 && !isNobodyOn(film))
    problems.push({
      code: 'FLAG_USERS_CHANGED',
      sentence: `after ${flag} was switched off and on again ${whole(changed.size)} users got something else than before`,
      hint: 'A toggle must not deal the users anew: see groupId and stickiness of its strategy.',
    });
  const forgotten = film.away && changedUsers(film, film.away, knownUsers(film, film.again));
  if (keep && forgotten && forgotten.size > 0)
    problems.push({
      code: 'FLAG_FORGOTTEN',
      sentence: `while Unleash was away ${whole(forgotten.size)} users got something else than before`,
      hint: `${service} must go on with the flags that it knew last, as clients of Unleash do.`,
    });
  const [before, after] = deployed.revisions;
  if (deployed.touched.length > 0 || before !== after)
    problems.push({
      code: 'FLAG_BY_DEPLOYMENT',
      sentence: `something was deployed meanwhile: ${[...deployed.touched, ...(before === after ? [] : [`revision ${before.slice(0, 12)} to ${after.slice(0, 12)}`])].join(', ')}`,
      hint: 'Whether the toggle alone changed what users get cannot be told.',
    });
  return problems;
}

/** Answers that do not speak of the flag; or say that nobody has told them, which counts apart while Unleash is away. */
function unsaidIn(film: FlagFilm): number {
  const told = [film.declared, film.off, film.again].flatMap((stretch) => answersIn(film, stretch));
  const away = film.away ? answersIn(film, film.away) : [];
  return (
    told.filter(({ state }) => state === 'unsaid' || state === 'unknown').length +
    away.filter(({ state }) => state === 'unsaid').length
  );
}

/** Of the requests of a stretch; so many are spare in the number of users as well. */
const LOST_SHARE = 0.02;

/** Whoever is not answered does not get the flag, and not what he had before either: that nobody got it shows nothing. */
function unansweredProblems({ flag, service }: Asked, film: FlagFilm): readonly FlagProblem[] {
  const stretches = [
    [film.off, 'it was switched off'],
    [film.again, 'it was switched on again'],
    [film.away, 'Unleash was away'],
  ] as const;
  return stretches.flatMap(([stretch, when]): FlagProblem[] => {
    const all = stretch ? answersIn(film, stretch) : [];
    const lost = all.filter(({ state }) => state === 'lost').length;
    if (lost <= LOST_SHARE * all.length) return [];
    return [
      {
        code: 'FLAG_UNANSWERED',
        sentence: `while ${when} ${whole(lost)} of ${whole(all.length)} requests got no answer or an error`,
        hint: `${service} must serve its users with ${flag} on, with it off, and with what it knew last: look at its log.`,
      },
    ];
  });
}

function toggleProblems({ flag, toggledWithinMs }: Asked, film: FlagFilm): readonly FlagProblem[] {
  const hint =
    'Clients of Unleash ask for flags again and again: see how often they do, and whether they can reach it.';
  const stillOn = answersIn(film, film.off).filter(({ state }) => state === 'on');
  const all = answersIn(film, film.off).length;
  if (stillOn.length > 0)
    return [
      {
        code: 'FLAG_TOGGLE_IGNORED',
        sentence: `${seconds(toggledWithinMs)} after ${flag} was switched off, ${whole(stillOn.length)} of ${whole(all)} requests were still answered with it on`,
        hint,
      },
    ];
  if (!isNobodyOn(film)) return [];
  return [
    {
      code: 'FLAG_TOGGLE_IGNORED',
      sentence: `${seconds(toggledWithinMs)} after ${flag} was switched on again nobody got it`,
      hint,
    },
  ];
}

/** Whether nobody has it again, of those who had it. */
function isNobodyOn(film: FlagFilm): boolean {
  const had = [...knownUsers(film, film.declared).states.values()].includes('on');
  return had && !answersIn(film, film.again).some(({ state }) => state === 'on');
}
