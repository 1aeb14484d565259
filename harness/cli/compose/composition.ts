/** The composition root: connects the verbs with the use cases and their adapters, each read only when it is used. */
import type { Services } from '../services.ts';
import type { World } from '../world.ts';

/** The real services; the code behind each is loaded when it is called first. */
export function createServices(world: World): Services {
  return {
    conform: async (request, progress) => (await import('./conform.ts')).conform(world, request, progress),
    plan: async (request) => (await import('./conform.ts')).plan(world, request),
    isUnchangedSince: async (request, reference, progress) =>
      (await import('./ci/changed-since.ts')).isUnchangedSince(world, request, reference, progress),
    bisect: async (request, progress) => (await import('./ci/bisect.ts')).bisect(world, request, progress),
    init: async (request, questions, progress) => (await import('./init.ts')).init(world, request, questions, progress),
    lint: async (request, progress) => (await import('./lint.ts')).lint(world, request, progress),
    up: async (request, progress) => (await import('./clusters.ts')).up(world, request, progress),
    down: async (request, progress) => (await import('./down.ts')).down(world, request, progress),
    status: async () => (await import('./provider.ts')).status(world),
    doctor: async () => (await import('../doctor/doctor.ts')).examine(world),
    assertSplit: async (request, progress) => (await import('./assert-split.ts')).assertSplit(world, request, progress),
    compare: async (request) => (await import('./compare.ts')).compare(world, request),
    history: async (request) => (await import('./ci/history.ts')).history(world, request),
    keepRun: async (request) => (await import('./ci/history.ts')).keep(world, request),
    capacity: async (request, progress) => (await import('./capacity.ts')).capacity(world, request, progress),
    remakeReport: async (request) => (await import('./reports.ts')).remake(request),
    watch: async (request, ready) => (await import('../live/watch.ts')).watch(world, request, ready),
    nightIssues: async (request) => (await import('./ci/night-issues.ts')).nightIssues(world, request),
    comment: async (request) => (await import('./ci/comment.ts')).comment(world, request),
    toolchain: async (request, progress) => (await import('./ci/toolchain.ts')).toolchain(world, request, progress),
    simulate: async (request, progress) => (await import('./simulate.ts')).simulate(world, request, progress),
    simulateSideBySide: async (request, progress) =>
      (await import('./simulate.ts')).simulateAll(world, request, progress),
    simulatePart: async (request, part, progress) =>
      (await import('./simulate.ts')).simulateOnePart(world, request, part, progress),
    images: async (request, progress) => (await import('../images/images.ts')).images(world, request, progress),
  };
}
