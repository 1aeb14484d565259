/** The images of Istio's Bookinfo sample as stand-ins: who each one is and whom it calls, as in the sample's own sources. */
import type { StandInMapping } from '../../harness/ports/cluster.ts';

const REPOSITORIES = ['registry.istio.io/release', 'docker.io/istio'];
const RATINGS = 'ratings=http://ratings:9080/ratings/0';
const SERVICES: readonly (readonly [service: string, version: string, upstreams: string])[] = [
  ['productpage', 'v1', 'details=http://details:9080/details/0,reviews=http://reviews:9080/reviews/0'],
  ['details', 'v1', ''],
  ['reviews', 'v1', ''],
  ['reviews', 'v2', RATINGS],
  ['reviews', 'v3', RATINGS],
  ['ratings', 'v1', ''],
];

export const BOOKINFO_IMAGES: readonly StandInMapping[] = REPOSITORIES.flatMap((repository) =>
  SERVICES.map(([service, version, upstreams]) => ({
    image: `${repository}/examples-bookinfo-${service}-${version}:*`,
    standIn: { SERVICE: service, VERSION: version, ...(upstreams === '' ? {} : { UPSTREAMS: upstreams }) },
  })),
);
