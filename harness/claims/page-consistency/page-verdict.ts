/** What one load of a page was: of one version, broken, or nothing that anything can be said of. Pure. */
import { readIdentity } from '../../documents/identify-kinds.ts';
import type { PageLoad, PagePart } from '../../ports/browser.ts';
import type { Identify } from '../../ports/identify.ts';
import { readVersion } from '../../traffic/traffic-path.ts';

/** Which part was wrong, and in which way. */
export interface PartProblem {
  readonly part: PagePart;
  /** Who answered; null: nobody named himself. */
  readonly version: string | null;
}

export type PageVerdict =
  | { readonly kind: 'whole'; readonly version: string; readonly assets: number }
  /** An asset came from another version, or was not there. */
  | { readonly kind: 'broken'; readonly version: string; readonly problem: PartProblem }
  /** Its own version does not have the asset, or answers with an error: no route can mend that. */
  | { readonly kind: 'not-served'; readonly version: string; readonly problem: PartProblem }
  /** No answer, or an error of a proxy. */
  | { readonly kind: 'lost'; readonly problem: PartProblem | undefined }
  /** Something was answered well by somebody who does not say who he is. */
  | { readonly kind: 'unnamed'; readonly problem: PartProblem };

export interface PageReader {
  /** The version of whoever answered, null where nobody names himself. */
  versionOf(part: PagePart): string | null;
  verdict(load: PageLoad): PageVerdict;
}

/** @param identify a header: nothing else says of a script or a picture whose it is */
export function createPageReader(service: string, identify: Identify): PageReader {
  const versionOf = ({ headers, status }: PagePart): string | null =>
    status === 0 ? null : readVersion(readIdentity(identify, { headers, body: '' }), service, identify);
  return {
    versionOf,
    verdict({ parts, complete }) {
      const [document] = parts;
      if (!document) return { kind: 'lost', problem: undefined };
      const own = ownParts(parts).map((part) => ({ part, version: versionOf(part) }));
      const lost = own.find(({ part, version }) => part.status === 0 || (part.status >= 500 && version === null));
      if (lost || !complete) return { kind: 'lost', problem: lost };
      const unnamed = own.find(({ part, version }) => isGood(part) && version === null);
      if (unnamed) return { kind: 'unnamed', problem: unnamed };
      const [{ version }, ...assets] = own as [PartProblem, ...PartProblem[]];
      // a page that the gateway itself refuses has no version, and so no user of one
      if (version === null) return { kind: 'lost', problem: own[0] };
      const notServed = own.find((one) => !isGood(one.part) && one.version === version);
      if (notServed) return { kind: 'not-served', version, problem: notServed };
      const problem = assets.find((one) => !isGood(one.part) || one.version !== version);
      return problem ? { kind: 'broken', version, problem } : { kind: 'whole', version, assets: assets.length };
    },
  };
}

/** Those that the page's own host was asked for; the document first. */
export function ownParts(parts: readonly PagePart[]): readonly PagePart[] {
  const [document] = parts;
  if (!document) return [];
  const { origin } = new URL(document.url);
  return parts.filter(({ url }) => new URL(url).origin === origin);
}

const isGood = ({ status }: PagePart): boolean => status >= 200 && status < 300;
