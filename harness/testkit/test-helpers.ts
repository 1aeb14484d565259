/**
 * The one list of files that serve tests, by their names: what import rules pass over and no package carries. A helper
 * that stands beside its tests is called `fake-*`, `*-fixture(s)`, `*-testbed` or `*-for-tests`; the rest is listed.
 */
const TEST_FILES: readonly RegExp[] = [
  /\.test\.ts$/,
  /\/fixtures\//,
  /\/fake-[a-z0-9-]+\.ts$/,
  /-(?:fixtures?|testbed|for-tests)\.ts$/,
  /\/cri-test-[a-z]+\.ts$/,
  /^reports\/model\/samples\//,
  /^reports\/html\/open-page\.ts$/,
  /^clusters\/local\/private-machine\.ts$/,
];

/** Rooms whose every file serves those who work on canaryproof, not those who use it. */
const WORKSHOPS = /^harness\/(?:testkit|bench|fuzz|prove)\/|^reports\/png\/canvas-shim\//;

/** @param file path from the root of the package, with forward slashes */
export function isTestFile(file: string): boolean {
  return TEST_FILES.some((pattern) => pattern.test(file));
}

/** Whether the package is complete without the file. */
export function isForDevelopment(file: string): boolean {
  return isTestFile(file) || WORKSHOPS.test(file);
}
