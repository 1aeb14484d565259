/** A broken page load and a whole one, filmed: what people see, and when each part came from whom. */
import type { FilmedLoad } from '../../../reports/model/page-report.ts';
import type { PageBrowser, PageLoad } from '../../ports/browser.ts';
import type { Scene } from '../../scene/scene.ts';
import type { RouteSeen } from './load-route.ts';
import { ownParts, type PageReader, type PageVerdict } from './page-verdict.ts';

/** At 10 % broken loads all but one in 24 runs have one by then. */
const MOST_TRIES = 30;

/**
 * They count for nothing: filming makes loads slower. The broken one is of the first route that had any.
 * @throws HarnessError BROWSER_FAILED (exit 3); the scene's reason
 */
export async function filmedLoads(
  seen: readonly RouteSeen[],
  browser: PageBrowser,
  reader: PageReader,
  scene: Scene,
): Promise<readonly FilmedLoad[]> {
  const bad = seen.find(({ broken, notServed }) => broken > 0 || notServed !== undefined);
  const good = seen.find(({ whole }) => whole > 0);
  const films = [
    bad && (await film(bad, ['broken', 'not-served'], browser, reader, scene)),
    good && (await film(good, ['whole'], browser, reader, scene)),
  ];
  return films.flatMap((one) => one ?? []);
}

async function film(
  { route, url }: RouteSeen,
  wanted: readonly PageVerdict['kind'][],
  browser: PageBrowser,
  reader: PageReader,
  scene: Scene,
): Promise<FilmedLoad | undefined> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    scene.signal.throwIfAborted();
    const load = await browser.load(
      { url, timeoutMs: scene.profile.load.requestTimeoutMs, filmed: true },
      scene.signal,
    );
    const verdict = reader.verdict(load);
    if (wanted.includes(verdict.kind)) return reported(load, verdict, `${route.name}, ${route.host}`, reader);
  }
  return undefined;
}

function reported(
  { parts, frames }: PageLoad,
  verdict: PageVerdict,
  title: string,
  reader: PageReader,
): FilmedLoad | undefined {
  if (verdict.kind === 'lost' || verdict.kind === 'unnamed') return undefined;
  const culprit = verdict.kind === 'whole' ? undefined : verdict.problem.part;
  const own = ownParts(parts);
  return {
    title,
    url: own[0]?.url ?? '',
    verdict: verdict.kind,
    version: verdict.version,
    parts: own.map((part) => ({
      url: new URL(part.url).pathname + new URL(part.url).search,
      ...{ kind: part.kind, status: part.status, version: reader.versionOf(part) },
      ...{ startMs: part.startMs, endMs: part.endMs, isCulprit: part === culprit },
    })),
    frames: frames.map((frame) => ({ ...frame })),
  };
}
