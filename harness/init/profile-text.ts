/** `profile.yaml` and `overlay.yaml` as people read them: every change under its reason. Pure. */
import { Document, isMap, isScalar, isSeq, stringify } from 'yaml';
import { PROFILE_API_VERSION } from '../profile/profile-document.ts';
import type { Proposal } from './propose.ts';

export interface SourceText {
  readonly path?: string;
  readonly url?: string;
  readonly commit?: string;
  readonly unit: string;
  readonly valueFiles: readonly string[];
}

const APPLICATION = 'argocd/application.yaml';

export function profileText(proposal: Proposal, source: SourceText, version: string): string {
  const { valueFiles, ...where } = source;
  const document = new Document(
    {
      apiVersion: PROFILE_API_VERSION,
      kind: 'Profile',
      name: proposal.name,
      title: proposal.title,
      addons: proposal.addons,
      namespaces: proposal.namespaces,
      source: {
        repository: { ...where, ...(valueFiles.length > 0 ? { valueFiles } : {}), overlay: 'overlay.yaml' },
        application: APPLICATION,
      },
      images: proposal.images,
      ...expected(proposal),
      // for a machine that also runs the cluster
      load: {
        assurance: 'smoke',
        ratePerSecond: { ingress: 100, mesh: 100 },
        ...(proposal.sideBySide && hasCopies(proposal) ? { sideBySide: true } : {}),
      },
      budgets: { applicationSynced: '180s', podsReady: '180s', rolloutEnds: rolloutBudget(proposal), run: '30m' },
      claims: proposal.claims,
    },
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = ` Written by canaryproof ${version} init; edit it as you like. Every field: docs/profiles.md`;
  comment(document, 'source', ' read where it lies; what is changed of it stands in overlay.yaml, and in every report');
  comment(
    document,
    'images',
    ' programs that the local cluster has no image of: a stand-in answers, and names itself by the tag',
  );
  comment(document, 'cluster', ' what your manifests expect around them: the run has it under the same names');
  comment(document, 'claims', claimsComment(proposal));
  return document.toString({ lineWidth: 120, flowCollectionPadding: true });
}

export function overlayText({ changes }: Proposal): string {
  const head = [
    '# What the run changes of what the unit renders. A verdict is about your manifests, except these.',
    '# canaryproof init writes it; edit it as you like, and it is applied as it stands.',
    stringify({ apiVersion: PROFILE_API_VERSION, kind: 'Overlay' }).trimEnd(),
  ];
  if (changes.length === 0) return [...head, 'changes: []', ''].join('\n');
  const document = new Document({ changes }, { aliasDuplicateObjects: false });
  const list = document.get('changes', true);
  if (isSeq(list)) for (const item of list.items.slice(1)) if (isMap(item)) item.spaceBefore = true;
  return [...head, document.toString({ lineWidth: 120 })].join('\n');
}

function comment(document: Document, key: string, text: string): void {
  const keys = isMap(document.contents) ? document.contents.items.map((pair) => pair.key) : [];
  const found = keys.filter(isScalar).find(({ value }) => value === key);
  if (found) found.commentBefore = text;
}

function claimsComment({ unprovable }: Proposal): string {
  const lines = unprovable.map(({ what, why }) => ` - ${what}: ${why}`.replaceAll(/\s+/g, ' '));
  return lines.length === 0 ? ' everything that was found' : [' not proven:', ...lines].join('\n');
}

const ON_COPIES = new Set(['rollback-threshold', 'manual-judgment', 'undo', 'no-lost-request']);

function hasCopies({ claims }: Proposal): boolean {
  return claims.filter(({ kind }) => ON_COPIES.has(kind)).length > 1;
}

/** Only what is expected at all. */
function expected({ cluster }: Proposal) {
  const { prometheusServices, gatewayLabels, gatewayCertificates } = cluster;
  const block = {
    ...(prometheusServices.length > 0 ? { prometheusServices } : {}),
    ...(Object.keys(gatewayLabels).length > 0 ? { gatewayLabels } : {}),
    ...(gatewayCertificates.length > 0 ? { gatewayCertificates } : {}),
  };
  return Object.keys(block).length > 0 ? { cluster: block } : {};
}

/** Beyond the declared pauses; Rollouts with long ones get them. */
function rolloutBudget({ claims }: Proposal): string {
  return claims.length > 0 ? '15m' : '10m';
}
