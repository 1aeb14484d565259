import { harmlessCases } from '../../harness/testkit/harmless-cases.ts';
import { openStrictCluster } from '../../harness/testkit/strict-cluster.ts';

// the whole matrix; harmless.test.ts holds each verb once
harmlessCases({
  title: 'a server in memory',
  open: openStrictCluster,
  // up and down end at the first error, so that only a late one reaches what comes after; writes of a run are each alone.
  modes: (phase) => [phase === 'conform' ? 'always' : 'from the fourth on'],
});
