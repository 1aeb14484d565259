/**
 * Numbers that programs write down with every digit of a double, rounded to what they carry: `[2.399999999999997]`
 * -> `2.4`. Only decimals with more than six digits behind the point are touched; hashes, versions and times are not.
 */
const LONG_DECIMAL = /(?<![\w.])-?\d+\.\d{7,}(?:e[+-]?\d+)?(?![\w.])/gi;
/** Argo Rollouts prints a vector of one sample as a list; to a reader it is that one number. */
const LIST_OF_ONE = /(?<![\w\])])\[\s*(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*\]/gi;
const SIGNIFICANT_DIGITS = 4;

export function tidyNumbers(text: string): string {
  return text
    .replace(LONG_DECIMAL, (digits) => String(Number(Number(digits).toPrecision(SIGNIFICANT_DIGITS))))
    .replace(LIST_OF_ONE, '$1');
}
