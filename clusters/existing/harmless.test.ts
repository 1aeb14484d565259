import { FAULTS } from '../../harness/testkit/fault-proxy.ts';
import { harmlessCases, PHASES, VERBS } from '../../harness/testkit/harmless-cases.ts';
import { openStrictCluster } from '../../harness/testkit/strict-cluster.ts';

// each verb in one of the phases; harmless.thorough.test.ts tries every one of them everywhere, with every fault
harmlessCases({
  title: 'a server in memory, every verb in a phase',
  open: openStrictCluster,
  modes: (phase) => [phase === 'conform' ? 'always' : 'from the fourth on'],
  isCase: (phase, method, fault) =>
    PHASES.indexOf(phase) === VERBS.indexOf(method) % PHASES.length &&
    FAULTS[(PHASES.indexOf(phase) * 3 + VERBS.indexOf(method) * 2) % FAULTS.length] === fault,
});
