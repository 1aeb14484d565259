import { expect, test } from 'vitest';
import { renderHtmlReport } from '../../../reports/html/report-page.ts';
import { renderJunitXml } from '../../../reports/junit/junit-xml.ts';
import { hostileReport } from '../../../reports/model/samples/hostile-report.ts';
import { renderMarkdown } from '../../../reports/text/markdown-summary.ts';
import { renderNdjson } from '../../../reports/text/ndjson-lines.ts';
import { renderTerminalSummary } from '../../../reports/text/terminal-summary.ts';
import { createFakeWorld } from '../../testkit/fakes/fake-world.ts';
import { deliver, parseOutputs, RUN_FORMATS } from './output-targets.ts';

/** Everything that steers a terminal or a runner, or that hides or reorders what a reader sees. */
const ATTACK = '\n::error::x\n\t ::add-mask::y\n##[error]z\u001b]52;c;eA==\u0007\u202e\u200b';
const HOSTILE = hostileReport('failed', ATTACK);
const commandsIn = (text: string) =>
  text.split('\n').filter((line) => line.trimStart().startsWith('::') || line.includes('##['));

test.each([
  ['human', () => renderTerminalSummary(HOSTILE, { width: 100, colour: true, ascii: false })],
  ['json', () => JSON.stringify(HOSTILE, null, 2)],
  ['ndjson', () => renderNdjson(HOSTILE)],
  ['junit', () => renderJunitXml(HOSTILE)],
  ['markdown', () => renderMarkdown(HOSTILE)],
  ['html', () => renderHtmlReport(HOSTILE)],
])('no text from elsewhere commands the runner of CI through stdout as %s', async (format, render) => {
  const content = render();
  const world = createFakeWorld({ cwd: '/' });
  await deliver(world, { format, path: undefined }, content);
  expect(world.stdoutText().length).toBeGreaterThan(1000);
  expect(commandsIn(world.stdoutText())).toEqual([]);
  if (format === 'json') expect(JSON.parse(world.stdoutText())).toEqual(JSON.parse(content));
});

test.each([
  ['junit', renderJunitXml],
  ['markdown', renderMarkdown],
  ['html', renderHtmlReport],
])('nor does it steer, hide or reorder anything in %s', (_, render) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
  expect(render(HOSTILE)).not.toMatch(/[\u0000-\u0008\u001b\u007f-\u009f\u202e]/);
});

test('two outputs never go to the same file, however it is written', () => {
  expect(() => parseOutputs(['json=out/a', 'junit=./out/../out/a'], RUN_FORMATS, '/work')).toThrow(
    expect.objectContaining({ code: 'OUTPUT_PATH_TWICE', exitCode: 2, where: '/work/out/a' }),
  );
  expect(parseOutputs(['json=a', 'junit=b', 'human'], RUN_FORMATS, '/work')).toHaveLength(3);
  expect(parseOutputs(['json=/dev/null', 'junit=/dev/null'], RUN_FORMATS, '/work')).toHaveLength(2);
});
