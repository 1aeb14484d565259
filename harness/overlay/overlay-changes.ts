/** The overlay of a profile in sentences: what a verdict is not about. */
import { readFile } from 'node:fs/promises';
import type { Profile } from '../profile/profile.ts';
import { type OverlayChange, parseOverlay } from './overlay-document.ts';

/** Empty for a profile that brings its own manifests. An overlay that cannot be read is refused where it is applied. */
export async function overlayChanges({ source, images }: Profile): Promise<readonly string[]> {
  if (!source.repository) return [];
  const text = await readFile(source.repository.overlay, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const { changes } = parseOverlay(text, source.repository.overlay);
  return [
    ...changes.map(changeInWords),
    ...images.map(({ image }) => `image ${image}: on the local cluster a stand-in answers instead of it`),
  ];
}

function changeInWords({ reason, object, drop, add }: OverlayChange): string {
  if (add) return `${add.kind} ${add.metadata.name}, added: ${reason}`;
  const target = drop ?? object!;
  return `${target.kind} ${target.name}${drop ? ', dropped' : ''}: ${reason}`;
}
