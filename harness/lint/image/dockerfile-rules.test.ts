import { expect, test } from 'vitest';
import { parseDockerfile } from './dockerfile.ts';
import { dockerfileFindings, modulesFindings } from './dockerfile-rules.ts';

const PACKAGE = JSON.stringify({ scripts: { build: 'vite build' }, devDependencies: { vite: '8' } });

function codes(text: string, files: Readonly<Record<string, string>> = {}): string[] {
  const all: Readonly<Record<string, string>> = { 'package.json': PACKAGE, 'a/b.txt': '', ...files };
  const context = { files: Object.keys(all), read: (path: string) => all[path] };
  return dockerfileFindings('Dockerfile', text, context).map(({ code, where }) => `${code} ${where}`);
}

test('stages, continued lines, comments inside them, the JSON form, here-documents and flags', () => {
  const stages = parseDockerfile(
    `# syntax=docker/dockerfile:1
ARG TAG=24
from --platform=linux/amd64 node:\${TAG} As Build
RUN <<EOF
COPY not an instruction
FROM neither
EOF
RUN npm ci \\
  # why
  && npm run build
COPY ["a b", "/c/"]
FROM build
`,
  );
  expect(stages.map(({ name, base, line }) => [name, base, line])).toEqual([
    ['build', ['node:$', '{TAG}'].join(''), 3],
    [undefined, 'build', 12],
  ]);
  expect(stages[0]?.instructions.map(({ name, words, line }) => [name, words.length, line])).toEqual([
    ['RUN', 1, 4],
    ['RUN', 6, 8],
    ['COPY', 2, 11],
  ]);
});

test.each([
  ['all of the context', 'FROM node\nCOPY . .\nRUN npm ci\nRUN npm run build'],
  ['a pattern', 'FROM node\nCOPY package*.json ./\nRUN npm install && npm run build'],
  ['from a stage that has it', 'FROM node AS base\nCOPY . .\nFROM base\nRUN npm ci\nRUN npm run build'],
  [
    'from a stage of which nothing is known',
    'FROM node AS base\nFROM node\nCOPY --from=base /app .\nRUN npm ci && npm run build',
  ],
  ['a package that is named needs none', 'FROM node\nRUN npm install -g serve\nRUN npm install express'],
  ['a mount', 'FROM node\nRUN --mount=type=bind,source=package.json,target=package.json npm ci'],
  ['another folder', 'FROM node\nRUN cd /src && npm ci'],
  ['an image and a number', 'FROM node\nFROM nginx\nCOPY --from=0 /a /b\nCOPY --from=busybox:1 /bin/sh /sh'],
  ['a variable', 'FROM node\nARG F\nCOPY $F .\nRUN npm ci'],
  ['a script of no dependency', 'FROM node\nCOPY . .\nRUN npm run test'],
])('says nothing: %s', (_, text) => {
  expect(codes(text, { '.dockerignore': 'node_modules' })).toEqual([]);
});

test.each([
  ['FROM node\nRUN npm install\n', 'DOCKERFILE_PACKAGE_MISSING Dockerfile:2:1'],
  ['FROM node\nCOPY a/b.txt .\nRUN yarn install --frozen-lockfile', 'DOCKERFILE_PACKAGE_MISSING Dockerfile:3:1'],
  ['FROM node\nCOPY . .\nRUN npm run build', 'DOCKERFILE_SCRIPT_WITHOUT_INSTALL Dockerfile:3:1'],
  ['FROM a AS one\nCOPY --from=two /x /y\nFROM b AS two', 'DOCKERFILE_STAGE_MISSING Dockerfile:2:1'],
  ['FROM a\nCOPY --from=1 /x /y', 'DOCKERFILE_STAGE_MISSING Dockerfile:2:1'],
  ['FROM a\nCOPY dist /y', 'DOCKERFILE_SOURCE_MISSING Dockerfile:2:1'],
  ['FROM node\nCOPY package.json .\nRUN npm ci\nCOPY . .', 'DOCKERFILE_MODULES_OVERWRITTEN Dockerfile:4:1'],
])('%j', (text, expected) => {
  expect(codes(text)).toEqual([expected]);
});

test('modules that are committed, or about to be', () => {
  const of = (files: Readonly<Record<string, string>>) =>
    modulesFindings('', {
      files: Object.keys(files),
      read: (path) => files[path],
    }).map(({ code }) => code);
  expect(of({ 'package.json': PACKAGE, '.gitignore': 'dist/' })).toEqual(['NODE_MODULES_NOT_IGNORED']);
  expect(of({ 'package.json': PACKAGE, 'node_modules/a/b.js': '' })).toEqual(['NODE_MODULES_NOT_IGNORED']);
  expect(of({ 'package.json': PACKAGE, '.gitignore': '/node_modules/' })).toEqual([]);
  expect(of({ 'package.json': '{}', '.gitignore': '' })).toEqual([]);
  // an installed package brings no .gitignore
  expect(of({ 'package.json': PACKAGE })).toEqual([]);
});
