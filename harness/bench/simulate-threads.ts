/**
 * Reference releases on threads: how many a second, in how much memory; and a request-level simulation of the same
 * releases at equal time, which must agree.
 * `node harness/bench/simulate-threads.ts [rollouts] [threads] [seconds of each side]` (default 100000, one a processor, 10)
 */
import { availableParallelism } from 'node:os';
import { runOnThreads } from '../simulate-policy/run-on-threads.ts';
import { counted } from '../simulation/batches.ts';
import { CounterRandom } from '../simulation/counter-random.ts';
import { referencePolicy, scenario } from '../simulation/policy-fixture.ts';
import { createSimulator } from '../simulation/simulate-release.ts';
import { clopperPearsonInterval } from '../stats/proportion.ts';
import { normalTwoSidedTail } from '../stats/special-functions.ts';

const rollouts = Number(process.argv[2] ?? 100_000);
const threads = Number(process.argv[3] ?? availableParallelism());
const seconds = Number(process.argv[4] ?? 10);

const policy = referencePolicy('1m', 0);
const meeting = scenario({ canaryErrors: 0.005 });

const started = performance.now();
const before = process.cpuUsage();
const [counts] = await runOnThreads(counted([{ policy, scenario: meeting, seed: 1, releases: rollouts }]), { threads });
const tookSeconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
const summary = counts!.summary();
console.table([
  {
    rollouts,
    threads,
    'rollouts/s': Math.round(rollouts / tookSeconds),
    'rollouts per CPU second': Math.round(rollouts / ((user + system) / 1e6)),
    'MB at most': Math.round(process.resourceUsage().maxRSS / 1000),
    'bytes a rollout in the tally': Math.round(JSON.stringify(counts!.tally).length / rollouts),
    stopped: (1 - summary.promoted.p).toFixed(4),
  },
]);

/** As many releases as the time allows. */
function sampled(what: string, seed: number) {
  const { simulate } = createSimulator(policy, meeting, seed);
  for (let run = 0; run < 20; run += 1) simulate(run);
  const from = process.cpuUsage();
  let releases = 0;
  let stopped = 0;
  while (cpuSeconds(from) < seconds) {
    if (simulate(releases).outcome !== 'promoted') stopped += 1;
    releases += 1;
  }
  const { low, high } = clopperPearsonInterval(stopped, releases, 0.95);
  return { what, releases, 'rollouts per CPU second': Math.round(releases / seconds), stopped, low, high };
}

function cpuSeconds(from: NodeJS.CpuUsage): number {
  const used = process.cpuUsage(from);
  return (used.user + used.system) / 1e6;
}

const byCounts = sampled('counts of an interval', 1);
/** Every request for itself: the time to the next one is exponential, until the interval is over. */
CounterRandom.prototype.poisson = function (this: CounterRandom, mean: number): number {
  let requests = -1;
  for (let time = 0; time <= mean; requests += 1) time -= Math.log(this.uniform());
  return requests;
};
const byRequests = sampled('every request for itself', 2);
console.table([byCounts, byRequests]);
const [p, q] = [byCounts.stopped / byCounts.releases, byRequests.stopped / byRequests.releases];
const pooled = (byCounts.stopped + byRequests.stopped) / (byCounts.releases + byRequests.releases);
const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / byCounts.releases + 1 / byRequests.releases));
const chance = normalTwoSidedTail(Math.abs(p - q) / deviation);
console.log(
  `both agree: a difference like this one comes by chance in ${(chance * 100).toPrecision(2)} % of comparisons`,
);
if (chance < 1e-4) {
  console.log('they do not agree');
  process.exitCode = 1;
}
