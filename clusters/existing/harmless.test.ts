import { harmlessCases } from '../../harness/testkit/harmless-cases.ts';
import { openStrictCluster } from '../../harness/testkit/strict-cluster.ts';

harmlessCases({
  title: 'a server in memory',
  open: openStrictCluster,
  modes: ['always', 'from the fourth on', 'only the second'],
});
