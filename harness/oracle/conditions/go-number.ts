/** Where numbers of Go and of JavaScript differ. */

/** A whole number of 64 bits, which overflows as Go's int does. */
export function wrapInt(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** math.Pow: 1 to the power of anything is 1, and so is -1 to an infinite power. */
export function goPower(base: number, exponent: number): number {
  return base === 1 || (base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY) ? 1 : base ** exponent;
}
