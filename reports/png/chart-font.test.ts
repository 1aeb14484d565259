import { describe, expect, test } from 'vitest';
import { EXIT } from '../../harness/errors/harness-error.ts';
import { chooseChartFont, type FontSource, SHIPPED_FAMILY } from './chart-font.ts';

const machine = (change: Partial<FontSource>): FontSource => ({
  shippedFiles: () => ['a.woff2', 'b.woff2'],
  register: () => true,
  systemFamilies: () => ['Cantarell', 'Liberation Sans', 'DejaVu Sans'],
  ...change,
});

describe('font of PNG charts', () => {
  test('the shipped font wins, so that pictures do not depend on the machine', () => {
    const registered: string[] = [];
    const family = chooseChartFont(machine({ register: (file, name) => registered.push(`${file} ${name}`) > 0 }));
    expect(family).toBe(SHIPPED_FAMILY);
    expect(registered).toEqual([`a.woff2 ${SHIPPED_FAMILY}`, `b.woff2 ${SHIPPED_FAMILY}`]);
  });

  test('without it a font of the machine is taken, a known one first', () => {
    expect(chooseChartFont(machine({ shippedFiles: () => undefined }))).toBe('DejaVu Sans');
    expect(chooseChartFont(machine({ register: () => false }))).toBe('DejaVu Sans');
    expect(
      chooseChartFont(machine({ shippedFiles: () => undefined, systemFamilies: () => ['X Serif', 'Y Sans'] })),
    ).toBe('Y Sans');
    expect(chooseChartFont(machine({ shippedFiles: () => undefined, systemFamilies: () => ['Odd'] }))).toBe('Odd');
  });

  test('no font at all is said, not drawn', () => {
    expect(() => chooseChartFont(machine({ shippedFiles: () => undefined, systemFamilies: () => [] }))).toThrow(
      expect.objectContaining({ code: 'PNG_NO_FONT', exitCode: EXIT.environment }),
    );
  });
});
