/** What a trial's generator is given, from the rate and the objective's limit T. */

/** Virtual users: three times what Little's law needs when every answer takes T, and some. */
export function usersFor(ratePerSecond: number, limitSeconds: number): number {
  return Math.ceil(3 * ratePerSecond * limitSeconds) + 50;
}

export function timeoutSecondsFor(limitSeconds: number): number {
  return Math.max(4 * limitSeconds, 1);
}
