/** Where a stand-in's switch for faults is: a port of the pod's loopback that follows from the port of its traffic. */
const DISTANCE = 10_000;
const HIGHEST = 65_535;
/** The sidecar listens there (istio.io, "Ports used by Istio"), and so no traffic of a program does. */
const OF_SIDECAR = { first: 15_000, last: 15_099 };
/** `fetch` asks nobody there (fetch.spec.whatwg.org, "bad port"), and it is what port 80 would come to. */
const REFUSED = 10_080;

/** Of 9080 it is 19080; two stand-ins in one pod have different ones, as they have different ports for traffic. */
export function adminPortOf(trafficPort: number): number {
  const above = trafficPort + DISTANCE;
  if (above > HIGHEST) return trafficPort - DISTANCE;
  const isTaken = above === REFUSED || (above >= OF_SIDECAR.first && above <= OF_SIDECAR.last);
  // of 5000, where Flask listens, it is 25000
  return isTaken ? above + DISTANCE : above;
}

/** Carries the token of whoever may switch faults. */
export const TOKEN_HEADER = 'x-canaryproof-token';
