/** The composition root: connects the verbs with the use cases and their adapters, each read only when it is used. */
import type { Services } from './services.ts';
import type { World } from './world.ts';

export function createServices(world: World): Services {
  return {
    conform: async (request, progress) => (await import('./compose-conform.ts')).conform(world, request, progress),
    plan: async (request) => (await import('./compose-conform.ts')).plan(world, request),
    lint: async (request, progress) => (await import('./compose-lint.ts')).lint(world, request, progress),
    up: async (request, progress) => (await import('./compose-cluster.ts')).up(world, request, progress),
    down: async (request, progress) => (await import('./compose-cluster.ts')).down(world, request, progress),
    status: async () => (await import('./compose-cluster.ts')).status(world),
    doctor: async () => (await import('./doctor.ts')).examine(world),
    assertSplit: async (request, progress) =>
      (await import('./compose-assert-split.ts')).assertSplit(world, request, progress),
    compare: async (request) => (await import('./compose-compare.ts')).compare(request),
    remakeReport: async (request) => (await import('./compose-reports.ts')).remake(request),
    images: async (request, progress) => (await import('./compose-images.ts')).images(world, request, progress),
  };
}
