/** What a trial's generator is given, from the rate and the objective's limit T. */

/**
 * Virtual users: three times what Little's law needs when every answer takes T, or as many as wait for their time-out at
 * most, and some.
 */
export function usersFor(
  ratePerSecond: number,
  limitSeconds: number,
  timeoutSeconds = timeoutSecondsFor(limitSeconds),
): number {
  return Math.ceil(ratePerSecond * Math.min(3 * limitSeconds, timeoutSeconds)) + 50;
}

export function timeoutSecondsFor(limitSeconds: number): number {
  return Math.max(4 * limitSeconds, 1);
}
