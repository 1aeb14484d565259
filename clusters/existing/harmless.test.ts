import { FAULTS } from '../../harness/testkit/fault-proxy.ts';
import { harmlessCases, PHASES, VERBS } from '../../harness/testkit/harmless-cases.ts';
import { openStrictCluster } from '../../harness/testkit/strict-cluster.ts';

// each fault in each phase, at one verb, and each verb in each phase; harmless.thorough.test.ts tries them all
harmlessCases({
  title: 'a server in memory, every fault in every phase',
  open: openStrictCluster,
  modes: (phase) => [phase === 'conform' ? 'always' : 'from the fourth on'],
  isCase: (phase, method, fault) => VERBS[(PHASES.indexOf(phase) + FAULTS.indexOf(fault)) % VERBS.length] === method,
});
