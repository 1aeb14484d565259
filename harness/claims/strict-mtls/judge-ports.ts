/** What the probes of the mesh's ports come to. Pure. */
import type { KubeObject } from '../../../k8s/client/object.ts';
import type { Outcome } from '../../verdict/outcome.ts';
import { spiffeId } from './client-identity.ts';
import type { MeshPort } from './mesh-ports.ts';
import { peerModeOf } from './peer-mode.ts';
import type { ProbedPort } from './probe-port.ts';

export interface PortProblem {
  readonly code: 'PLAIN_TEXT_TAKEN' | 'PEER_CERTIFICATE_WRONG' | 'CLIENT_CERTIFICATE_NOT_ASKED' | 'PORT_SILENT';
  readonly outcome: Outcome;
  /** `namespace/pod:port`. */
  readonly where: string;
  readonly sentence: string;
}

export interface PortFinding {
  readonly where: string;
  readonly value: string;
  readonly problems: readonly PortProblem[];
}

export function judgePort(
  { pod, port }: MeshPort,
  probed: ProbedPort | undefined,
  { trustDomain, policies }: { readonly trustDomain: string; readonly policies: readonly KubeObject[] },
): PortFinding {
  const { namespace, name } = pod.metadata;
  const where = `${namespace}/${name}:${port}`;
  const problems: PortProblem[] = [];
  const problem = (code: PortProblem['code'], sentence: string, outcome: Outcome = 'failed') =>
    problems.push({ code, outcome, where, sentence: `${where} ${sentence}` });
  if (!probed) {
    problem('PORT_SILENT', 'was not reached by the probe', 'inconclusive');
    return { where, value: 'not probed', problems };
  }
  const { plain, tls } = probed;
  const { mode, by } = peerModeOf(policies, pod, port);
  if (plain.kind === 'answered')
    problem(
      'PLAIN_TEXT_TAKEN',
      `took plain text from outside the mesh and answered "${plain.line}": it is ${mode} (${by})`,
    );
  if (tls.kind === 'certificate') {
    const expected = spiffeId(trustDomain, pod);
    const names = tls.names.split(/,\s*/);
    if (tls.chains !== true)
      problem('PEER_CERTIFICATE_WRONG', `shows a certificate that does not chain to the mesh root (${tls.chains})`);
    if (!names.includes(`URI:${expected}`))
      problem('PEER_CERTIFICATE_WRONG', `shows a certificate for ${tls.names || 'nobody'}, not for ${expected}`);
    if (tls.answeredWithoutCertificate !== undefined)
      problem(
        'CLIENT_CERTIFICATE_NOT_ASKED',
        `answered a client without a certificate with "${tls.answeredWithoutCertificate}"`,
      );
  } else if (plain.kind !== 'answered') {
    // closed to everybody is no proof of mutual TLS
    problem(
      'PORT_SILENT',
      `refused TLS as well (${tls.how}), so its refusal of plain text shows nothing`,
      'inconclusive',
    );
  }
  if (plain.kind === 'unreachable' && tls.kind === 'certificate')
    problem('PORT_SILENT', `neither answered plain text nor refused it (${plain.how})`, 'inconclusive');
  return { where, value: seenAt(probed), problems };
}

function seenAt({ plain, tls }: ProbedPort): string {
  const text =
    plain.kind === 'answered' ? `plain text answered: ${plain.line}` : `plain text ${plain.kind} (${plain.how})`;
  return tls.kind === 'certificate'
    ? `${text}; ${tls.names}${tls.chains === true ? ', chains to the mesh root' : ''}, valid to ${tls.validTo}`
    : `${text}; no TLS (${tls.how})`;
}
