/**
 * Claim kind `strict-mtls`: from the network of a pod without a sidecar every port of the mesh gets a request in plain text,
 * which must be refused, and a TLS handshake, in which it must show a certificate that chains to the mesh root and names its
 * pod's account. Clients inside the mesh must be answered meanwhile, and the receiver's proxy must know them by their account.
 */
import type { FindingReport } from '../../../reports/model/run-report.ts';
import type { ClaimResult } from '../../scene/claim-result.ts';
import type { Scene } from '../../scene/scene.ts';
import { type CountedLoad, countedLoad } from '../../stage/counted-load.ts';
import { combineOutcomes, onEvidence } from '../../verdict/combine.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { askClientIdentity, type ClientIdentity, namesClient } from './client-identity.ts';
import type { StrictMtlsClaim } from './declaration.ts';
import { judgePort, type PortFinding } from './judge-ports.ts';
import { meshPorts, probeFromOutside } from './mesh-ports.ts';
import { ROOT_NAMESPACE } from './peer-mode.ts';

interface Inside {
  readonly outcome: Outcome;
  readonly sentence: string;
  readonly code: string | undefined;
}

/** @throws HarnessError OUTSIDE_POD_MISSING, MESH_ROOT_MISSING, RECEIVER_UNREADABLE (exit 3); the scene's reason */
export async function judgeStrictMtls(claim: StrictMtlsClaim, scene: Scene): Promise<ClaimResult> {
  const startedAt = scene.now();
  const { path, service, requests, namespaces, trustDomain } = claim;
  const load = await countedLoad(
    { id: claim.id.replaceAll('/', '-'), title: `${claim.title}; inside the mesh`, path, service, requests },
    scene,
  );
  const inside = insideOf(claim, load, await askClientIdentity(path, trustDomain, scene));
  const ports = await meshPorts(namespaces, scene);
  const outside = claim.outside ?? scene.application.namespace;
  const { from, found } =
    ports.length === 0 ? { from: outside, found: [] } : await probeFromOutside(ports, outside, scene);
  const policies = await peerAuthentications(namespaces, scene);
  const findings = ports.map((port, index) => judgePort(port, found[index], { trustDomain, policies }));
  const problems = findings.flatMap((one) => one.problems);
  const outcomes = problems.map(({ outcome }) => outcome);
  if (ports.length === 0) outcomes.push('inconclusive');
  const { books } = load;
  return {
    claim: {
      ...{ id: claim.id, title: claim.title },
      outcome: combineOutcomes([onEvidence(inside.outcome, books.outcome), ...outcomes]),
      sentence: [
        ...(problems.length > 0
          ? [`${problems.map(({ sentence }) => sentence).join('; ')}.`]
          : [outsideSentence(findings, from, namespaces)]),
        inside.sentence,
      ].join(' '),
      details: findings.map(({ where, value }) => ({ label: where, value })),
      durationMs: scene.now() - startedAt,
    },
    books: [books],
    findings: [
      ...problems
        .filter(({ outcome }) => outcome === 'failed')
        .map(({ code, sentence, where }) => told(code, sentence, where)),
      ...(inside.code === undefined ? [] : [told(inside.code, inside.sentence, claim.id)]),
    ],
  };
}

function outsideSentence(findings: readonly PortFinding[], from: string, namespaces: readonly string[]): string {
  if (findings.length === 0) return `No ready pod of ${namespaces.join(', ')} declares a port.`;
  return `All ${findings.length} ports refused plain text from ${from}, outside the mesh, and showed certificates of the mesh root for their pods' accounts.`;
}

function insideOf({ service }: StrictMtlsClaim, { stream, answered }: CountedLoad, identity: ClientIdentity): Inside {
  const sent = stream.length;
  let good = 0;
  for (const { version, status } of stream.entries()) if (version !== null && status < 400) good += 1;
  const asked = `${good} of ${sent} requests from inside the mesh were answered by ${service}`;
  if (answered === 0)
    return { outcome: 'inconclusive', sentence: 'No request inside the mesh got an answer.', code: undefined };
  if (good < sent) return { outcome: 'failed', sentence: `Only ${asked}.`, code: 'MESH_TRAFFIC_LOST' };
  if (!namesClient(identity))
    return {
      outcome: 'failed',
      sentence: `${asked}, but its proxy knew the client as ${identity.seen ?? 'nobody'}, not as ${identity.expected}.`,
      code: 'CLIENT_IDENTITY_WRONG',
    };
  return {
    outcome: 'passed',
    sentence: `${asked}, whose proxy knew the client as ${identity.expected}.`,
    code: undefined,
  };
}

/** Those of the namespaces, and those of the whole mesh. */
async function peerAuthentications(namespaces: readonly string[], { client }: Scene) {
  const all = [...new Set([...namespaces, ROOT_NAMESPACE])];
  const lists = await Promise.all(
    all.map(async (namespace) => {
      const found = await client.list({
        apiVersion: 'security.istio.io/v1',
        resource: 'peerauthentications',
        namespace,
      });
      return found.map((object) => ({ ...object, metadata: { namespace, ...object.metadata } }));
    }),
  );
  return lists.flat();
}

const HINTS: Readonly<Record<string, string>> = {
  PLAIN_TEXT_TAKEN:
    'Set its PeerAuthentication to STRICT, port level included, and do not exclude the port from the sidecar.',
  PEER_CERTIFICATE_WRONG:
    'Somebody else than the sidecar answers TLS there, or the mesh has another root or trust domain.',
  CLIENT_CERTIFICATE_NOT_ASKED:
    'The TLS that answers there is not mutual: a PERMISSIVE port passes TLS on to the application.',
  MESH_TRAFFIC_LOST: 'A DestinationRule that does not say ISTIO_MUTUAL, or DISABLE, sends plain text to a STRICT port.',
  CLIENT_IDENTITY_WRONG: 'The client did not come over mutual TLS, or runs as another account.',
};

function told(code: string, sentence: string, where: string): FindingReport {
  return {
    ...{ code, where, layer: 'observed', severity: 'error' },
    sentence: sentence.endsWith('.') ? sentence : `${sentence}.`,
    hint: HINTS[code] ?? '',
  };
}
