/** Pieces of which the claims and the rest of `profile.yaml` are made: names, references, client paths. */
import { z } from 'zod';

export const text = z.string().trim().min(1, 'must not be empty');
export const dnsLabel = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes, at most 63 of them');
/** Names of most Kubernetes objects: DNS labels joined by dots. */
const objectName = z
  .string()
  .max(253)
  .regex(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be a Kubernetes object name: lower-case letters, digits, dashes and dots',
  );
export const claimId = z
  .string()
  .regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, 'must be <profile>/<claim>, such as bookinfo/split-90-10');
/** A path that stays below the directory it is relative to. */
export const insidePath = z
  .string()
  .regex(/^[^/\\\s][^\\\s]*$/, { error: 'must be a relative path with forward slashes', abort: true })
  .refine((path) => !path.split('/').includes('..'), { error: "must not leave its directory with '..'" });
export const urlPath = z.string().regex(/^\/\S*$/, "must start with '/'");
export const rate = z.number().positive('must be above 0').max(100_000, 'must be at most 100000 requests per second');
/** At least one. */
export const labels = z
  .record(z.string().min(1), z.string())
  .refine((value) => Object.keys(value).length > 0, { error: 'must hold at least one label' });

export const objectRef = z.strictObject({
  apiVersion: text,
  kind: text,
  name: objectName,
  namespace: dnsLabel.optional().describe("default: the profile's first namespace"),
});
export const namedRef = z.strictObject({
  name: objectName,
  namespace: dnsLabel.optional().describe("default: the profile's first namespace"),
});
export const trafficPath = z.discriminatedUnion('kind', [
  z
    .strictObject({
      kind: z.literal('ingress'),
      host: text.optional().describe('Host header; default: the address of the ingress'),
      path: urlPath,
      ratePerSecond: rate.optional().describe('default: load.ratePerSecond.ingress'),
    })
    .describe('clients outside the mesh, through the ingress gateway'),
  z
    .strictObject({
      kind: z.literal('mesh'),
      from: labels.describe('labels of the meshed pod whose sidecar sends the requests'),
      namespace: dnsLabel.optional().describe("of that pod; default: the profile's first namespace"),
      service: text.describe('host that the client calls'),
      port: z.int().min(1).max(65_535),
      path: urlPath,
      ratePerSecond: rate.optional().describe('default: load.ratePerSecond.mesh'),
    })
    .describe("clients inside the mesh, from a pod's own network namespace"),
]);

export const claimBase = { id: claimId, title: text };

export type TrafficPathDocument = z.output<typeof trafficPath>;
export type NamedRefDocument = z.output<typeof namedRef>;
