import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { askVersion } from './program-version.ts';

const node = (pattern: RegExp, says?: string) => ({
  name: 'node',
  source: '',
  asks: { args: ['--version'], pattern, ...(says === undefined ? {} : { says }) },
});
const ask = (spec: Parameters<typeof askVersion>[0], expected?: string, file = process.execPath) =>
  askVersion(spec, file, expected, tmpdir());

describe('askVersion', () => {
  it('returns what the program says, whatever the v', async () => {
    expect(await ask(node(/(v\S+)/), process.versions.node)).toBe(process.version);
    expect(await ask(node(/(v\S+)/, process.version), '1.2.3')).toBe(process.version);
  });

  it('refuses a program that says something else, nothing, or does not start', async () => {
    await expect(ask(node(/(v\S+)/), '1.2.3')).rejects.toMatchObject({ code: 'PROGRAM_VERSION_WRONG' });
    await expect(ask(node(/etcd (\S+)/), '1.2.3')).rejects.toMatchObject({ code: 'PROGRAM_VERSION_UNREAD' });
    await expect(ask(node(/(v\S+)/), '1.2.3', '/nonexistent/node')).rejects.toMatchObject({
      code: 'PROGRAM_DOES_NOT_RUN',
    });
  });

  it('takes the recipe’s word only where the program cannot say', async () => {
    expect(await ask({ name: 'ours', source: '' }, '0.1.0')).toBe('0.1.0');
  });
});
