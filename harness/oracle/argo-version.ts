/** How releases of Argo Rollouts differ in what an analysis does. */
export interface ArgoFeatures {
  /** `consecutiveSuccessLimit`, and `failureLimit: -1` for "no limit"; both came with 1.8. */
  readonly consecutiveSuccessLimit: boolean;
  /** Range queries of the Prometheus provider; since 1.8. */
  readonly rangeQuery: boolean;
}

/** `1.9.2`, `v1.8.5` or an image tag of them; what cannot be read counts as the newest that is known. */
export function argoFeatures(version = '1.9'): ArgoFeatures {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  const isRecent = major === undefined || Number(major) > 1 || Number(minor) >= 8;
  return { consecutiveSuccessLimit: isRecent, rangeQuery: isRecent };
}
