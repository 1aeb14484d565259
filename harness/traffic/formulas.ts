/** How each number of a split report is computed, in the report's own appendix. */
import type { RunReport } from '../../reports/model/run-report.ts';

export const SPLIT_FORMULAS: RunReport['appendix']['formulas'] = [
  {
    name: 'failed',
    text: 'E >= 1/alpha, where E averages the Dirichlet(1, …, 1) mixture against the declared shares (weight 1/2) and the likelihood ratios of each share ± margin (weight 1/2 in all); or one answer from an arm that must get none. P(failed | split as declared) <= alpha (Ville 1939).',
  },
  {
    name: 'passed',
    text: 'for every arm and both sides, ln L(share ± margin)/L(share) <= -ln(1/beta) at some look. P(passed | some share off by the margin or more) <= beta (Wald 1945).',
  },
  {
    name: 'passed, where the stretch ends (design fixed-sample)',
    text: 'for every arm and both sides, the exact binomial tail of its count at share ± margin is at most beta, asked once: after a number of requests that is known beforehand (an exact share is accepted there in 9,999 of 10,000 runs), or where the stretch ends (two one-sided tests, Schuirmann 1987). Log Λ is the logarithm of that tail, the whisker the Clopper-Pearson bounds at beta on each side, the declared share included. Failed is as above, at any look.',
  },
  { name: 'cap', text: '6 ln(1/beta) / min KL(share || share ± margin) requests; undecided there is inconclusive.' },
  {
    name: 'whisker of an arm, excluded drift',
    text: 'the deciding test inverted. Passed or undecided: [share - D-, share + D+], where D+ is the smallest drift d with ln L(share + d)/L(share) <= -ln(1/beta) at some look, D- likewise; a pass is D+ and D- <= margin, and the truth ever lies outside with probability at most beta (Wald 1945; Ville 1939; duality of tests and confidence sets). Failed: every share q with E against (q, 1 - q) below 1/alpha, which leaves the declared one out.',
  },
  {
    name: 'mixture interval of an arm',
    text: 'beta-binomial confidence sequence: every share m whose mixture e-value stays below 1/(1 - confidence); valid at every look. Unsigned requests widen it on both sides.',
  },
  {
    name: 'smallest detectable drift',
    text: 'smallest |p - declared| that a fixed sample of this n finds with the same alpha and beta.',
  },
  { name: 'band of a time bin', text: "Wilson's score interval at 99 %, for the picture only." },
  {
    name: 'books',
    text: 'sent (k6) = answers by arm + errors + unattributed + interrupted; an error is no answer or a 5xx, interrupted was in flight when the load stopped.',
  },
  {
    name: 'order',
    text: 'requests are judged in the order in which they were started (k6 iteration number), never in the order of completion.',
  },
];
