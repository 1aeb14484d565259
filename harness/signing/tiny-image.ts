/** The smallest image that a registry keeps and a policy can be asked about; nobody ever runs it. Pure. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

export interface Blob {
  /** `sha256:…` */
  readonly digest: string;
  readonly bytes: Uint8Array;
}

export interface TinyImage {
  readonly manifest: Blob;
  readonly blobs: readonly Blob[];
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
/** Two blocks of zeroes end an archive; here they are all of it. */
const EMPTY_ARCHIVE = new Uint8Array(1024);

/** Another label makes another image, with a digest of its own. */
export function tinyImage(labels: Readonly<Record<string, string>>): TinyImage {
  const layer = blobOf(gzipSync(EMPTY_ARCHIVE));
  const config = documentOf({
    ...{ architecture: 'amd64', os: 'linux' },
    config: { Labels: labels },
    rootfs: { type: 'layers', diff_ids: [digestOf(EMPTY_ARCHIVE)] },
  });
  const manifest = documentOf({
    ...{ schemaVersion: 2, mediaType: MANIFEST_TYPE },
    config: partOf('application/vnd.oci.image.config.v1+json', config),
    layers: [partOf('application/vnd.oci.image.layer.v1.tar+gzip', layer)],
  });
  return { manifest, blobs: [layer, config] };
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const blobOf = (bytes: Uint8Array): Blob => ({ digest: digestOf(bytes), bytes });
const documentOf = (value: object) => blobOf(Buffer.from(JSON.stringify(value)));
const partOf = (mediaType: string, { digest, bytes }: Blob) => ({ mediaType, digest, size: bytes.length });
