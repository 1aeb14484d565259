/** What kind's own sources say about a node image: pure, over their text. */
import { environmentError } from '../../harness/errors/harness-error.ts';

export interface KindImageNames {
  /** The CNI daemon. */
  readonly network: string;
  readonly storage: string;
  readonly storageHelper: string;
}

/** @param cni, storage texts of const_cni.go and const_storage.go @throws HarnessError KIND_SOURCES_UNKNOWN */
export function kindImageNames(cni: string, storage: string): KindImageNames {
  return {
    network: constant(cni, 'kindnetdImage'),
    storage: constant(storage, 'storageProvisionerImage'),
    storageHelper: constant(storage, 'storageHelperImage'),
  };
}

function constant(source: string, name: string): string {
  const [, value] = new RegExp(`^const ${name} = "([^"]+)"$`, 'm').exec(source) ?? [];
  return value ?? unknown(`its sources name no ${name}`);
}

/** The sandbox image that containerd's configuration names. @throws HarnessError KIND_SOURCES_UNKNOWN */
export function sandboxImage(containerdConfiguration: string): string {
  const [, value] = /^\s*sandbox_image = "([^"]+)"$/m.exec(containerdConfiguration) ?? [];
  return value ?? unknown('its containerd configuration names no sandbox_image');
}

/**
 * containerd inside a node may not lower a container's out-of-memory score below its own where CAP_SYS_RESOURCE is
 * missing; told so, it does not try. @throws HarnessError KIND_SOURCES_UNKNOWN
 */
export function restrictOomScore(containerdConfiguration: string): string {
  const before = 'restrict_oom_score_adj = false';
  if (containerdConfiguration.split(before).length !== 2)
    return unknown('its containerd configuration does not set restrict_oom_score_adj once');
  return containerdConfiguration.replace(before, 'restrict_oom_score_adj = true');
}

function unknown(what: string): never {
  throw environmentError('KIND_SOURCES_UNKNOWN', `this release of kind is not known: ${what}`, {
    hint: 'Use the release of kind that the catalogue pins.',
  });
}
