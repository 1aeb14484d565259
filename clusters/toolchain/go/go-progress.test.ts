import { describe, expect, it } from 'vitest';
import { executableName } from './go-build.ts';
import { describeTime, readGoProgress, roughly } from './go-progress.ts';

describe('readGoProgress', () => {
  it('counts downloads, then compiled packages, and nothing else', () => {
    const reader = readGoProgress(578);
    expect(reader.describe()).toBe('resolving modules');
    reader.read('go: downloading go.uber.org/zap v1.27.0');
    expect(reader.describe()).toBe('downloading modules (1)');
    for (const line of ['internal/cpu', 'go.etcd.io/bbolt', '# go.etcd.io/bbolt', './main.go:1:2: oops'])
      reader.read(line);
    expect(reader.describe()).toBe('compiling, 2 of up to 578 packages');
  });
});

describe('times', () => {
  it('promises nothing once the usual time has passed', () => {
    expect(describeTime(100_000, 220_000)).toBe('1 min 40 s, about 2 min left');
    expect(describeTime(100_000, 90_000)).toBe('1 min 40 s');
    expect(roughly(400)).toBe('0 s');
  });
});

describe('executableName', () => {
  it.each([
    ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
    ['go.etcd.io/etcd/server/v3', 'server'],
    ['github.com/argoproj/argo-cd/v3/cmd', 'cmd'],
    ['go.k6.io/k6/v2', 'k6'],
  ])('%s -> %s', (source, expected) => {
    expect(executableName(source)).toBe(expected);
  });
});
