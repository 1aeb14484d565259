/** What an Argo CD Application manifest says about itself: nothing of it is typed again in a profile. */

import { formatPosition } from '../../documents/yaml-source.ts';
import { usageError } from '../../errors/harness-error.ts';
import { asRecord, type ManifestFile, parseManifestSet } from '../manifest-set.ts';

export interface DeclaredApplication {
  readonly name: string;
  /** Where the Application itself lives; `argocd` when the manifest says nothing. */
  readonly namespace: string;
  /** Of `spec.destination`: what manifests without a namespace belong to; undefined when it is not set. */
  readonly destinationNamespace: string | undefined;
  /** Of `spec.source`; undefined for an Application with several sources. */
  readonly sourcePath: string | undefined;
  readonly recurse: boolean;
  readonly automated: { readonly selfHeal: boolean; readonly prune: boolean } | undefined;
}

/** @throws HarnessError (exit 2) MANIFEST_YAML_SYNTAX, APPLICATION_MISSING, APPLICATION_AMBIGUOUS. */
export function readApplication(file: ManifestFile): DeclaredApplication {
  const { objects, syntaxFindings } = parseManifestSet([file]);
  const [syntax] = syntaxFindings;
  if (syntax) throw usageError(syntax.code, syntax.sentence, { where: syntax.where ?? file.path });
  const [application, second] = objects.filter(({ group, kind }) => group === 'argoproj.io' && kind === 'Application');
  if (!application)
    throw usageError(
      'APPLICATION_MISSING',
      objects.some(({ group, kind }) => group === 'argoproj.io' && kind === 'ApplicationSet')
        ? `${file.path} holds an ApplicationSet, and a profile delivers one Application`
        : `${file.path} holds no Argo CD Application`,
      {
        where: file.path,
        hint: 'canaryproof init unfolds sets, and writes a profile of one Application; canaryproof lint judges all of them.',
      },
    );
  if (second)
    throw usageError('APPLICATION_AMBIGUOUS', `${file.path} holds several Applications, but one is wanted`, {
      where: formatPosition(second.positionOf([])),
    });
  const spec = asRecord(application.value.spec);
  const source = asRecord(spec?.source);
  const automated = asRecord(asRecord(spec?.syncPolicy)?.automated);
  return {
    name: application.name,
    namespace: application.namespace || 'argocd',
    destinationNamespace: text(asRecord(spec?.destination)?.namespace),
    sourcePath: text(source?.path),
    recurse: asRecord(source?.directory)?.recurse === true,
    automated:
      automated && automated.enabled !== false
        ? { selfHeal: automated.selfHeal === true, prune: automated.prune === true }
        : undefined,
  };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
