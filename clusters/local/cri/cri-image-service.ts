/** The CRI's ImageService over the catalogue: nothing is pulled, an image is there when the catalogue has it. */
import { statfs } from 'node:fs/promises';
import { status as Code } from '@grpc/grpc-js';
import type { CatalogueEntry, ImageCatalogue } from './cri-catalogue.ts';
import { CriError } from './cri-errors.ts';
import { imageReference, nowNs } from './cri-records.ts';

interface ImageRequest {
  readonly image: { readonly image: string } | null;
}

export interface ImageServiceOptions {
  readonly catalogue: () => ImageCatalogue;
  readonly stateDirectory: string;
}

function imageView(reference: string, entry: CatalogueEntry) {
  return {
    id: imageReference(reference),
    repoTags: [reference],
    repoDigests: [],
    size: '1', // the kubelet takes 0 for an error; nothing is stored
    uid: { value: entry.uid ?? '0' },
    username: '',
    spec: { image: reference },
    pinned: true, // never collected as garbage: there is nothing to free
  };
}

export function imageService({ catalogue, stateDirectory }: ImageServiceOptions) {
  const known = (request: ImageRequest) => {
    const reference = request.image?.image ?? '';
    const entry = catalogue().find(reference);
    return entry === undefined ? undefined : imageView(reference, entry);
  };
  return {
    listImages: (request: { filter: { image: { image: string } | null } | null }) => {
      const wanted = request.filter?.image?.image;
      const exact = catalogue().entries.filter(({ image }) => !image.endsWith('*'));
      const listed = wanted ? exact.filter((entry) => catalogue().find(wanted)?.image === entry.image) : exact;
      return { images: listed.map((entry) => imageView(entry.image, entry)) };
    },
    imageStatus: (request: ImageRequest) => ({ image: known(request) ?? null, info: {} }),
    pullImage: (request: ImageRequest) => {
      const image = known(request);
      if (image === undefined)
        throw new CriError(Code.NOT_FOUND, catalogue().explainMissing(request.image?.image ?? ''));
      return { imageRef: image.id };
    },
    removeImage: () => ({}),
    imageFsInfo: async () => {
      const { blocks, bfree, bsize, files, ffree } = await statfs(stateDirectory);
      const usage = {
        timestamp: nowNs(),
        fsId: { mountpoint: stateDirectory },
        usedBytes: { value: String((blocks - bfree) * bsize) },
        inodesUsed: { value: String(files - ffree) },
      };
      return { imageFilesystems: [usage], containerFilesystems: [usage] };
    },
  };
}
