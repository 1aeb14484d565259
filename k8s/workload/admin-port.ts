/** Where a stand-in's switch for faults is: a port of the pod's loopback that follows from the port of its traffic. */
const DISTANCE = 10_000;
const HIGHEST = 65_535;

/** Of 9080 it is 19080; two stand-ins in one pod have different ones, as they have different ports for traffic. */
export function adminPortOf(trafficPort: number): number {
  return trafficPort + DISTANCE <= HIGHEST ? trafficPort + DISTANCE : trafficPort - DISTANCE;
}

/** Carries the token of whoever may switch faults. */
export const TOKEN_HEADER = 'x-canaryproof-token';
