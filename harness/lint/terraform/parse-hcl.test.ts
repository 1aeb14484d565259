import { expect, test } from 'vitest';
import { attributeNamed, blocksOf } from './hcl-body.ts';
import { parseHcl } from './parse-hcl.ts';

const SHAPES = `# a comment
variable "nodes" {
  type = list(object({ size = string, most = optional(number, 10) }))
}
locals {
  names = [for one in var.nodes : one.size if one != null] # another
  text  = <<-EOT
    \${var.first}
    %{ if var.second == "x" }yes%{ endif }
  EOT
  pins = { azurerm = { source = "hashicorp/azurerm", version = "4.1.0" } }
}
resource "a_b" "c" {
  inner {
    value = "with \${local.names[0]}"
  }
}
`;

test('blocks, attributes and their places', async () => {
  const { body, problem } = await parseHcl('main.tf', SHAPES);
  expect(problem).toBeUndefined();
  expect(body.blocks.map(({ type, labels, position }) => [type, labels, position.line])).toEqual([
    ['variable', ['nodes'], 2],
    ['locals', [], 5],
    ['resource', ['a_b', 'c'], 13],
  ]);
  const locals = blocksOf(body, 'locals')[0]!.body;
  const pins = attributeNamed(locals, 'pins');
  expect(pins?.value.entries?.get('azurerm')?.entries?.get('version')?.string).toBe('4.1.0');
  expect(attributeNamed(locals, 'names')?.value.text).toBe('[ for one in var . nodes : one . size if one != null ]');
  const inner = blocksOf(body, 'resource')[0]!.body.blocks[0]!.body;
  // there is a template in it
  expect(attributeNamed(inner, 'value')?.value.string).toBeUndefined();
});

test('variables that are read, in templates and heredocs too', async () => {
  const { references } = await parseHcl('main.tf', SHAPES);
  expect(references.map(({ name, position }) => [name, position.line])).toEqual([
    ['nodes', 6],
    ['first', 8],
    ['second', 9],
  ]);
});

test('values in JSON', async () => {
  const { body } = await parseHcl('terraform.tfvars.json', '{ "size": "small", "count": 2 }');
  expect(body.attributes.map(({ name, value }) => [name, value.string ?? value.text])).toEqual([
    ['size', 'small'],
    ['count', '2'],
  ]);
});

test.each([
  ['prose', 'hello world', 1, /'hello world' fits nowhere/],
  ['a block that is not closed', 'a = 1\nresource "x" "y" {\n', 3, /something is missing/],
  ['two attributes on one line', 'a = 1 b = 2', 1, /on a line of its own/],
  ['an attribute twice', 'a = 1\na = 2\n', 2, /a is set twice/],
  ['blocks without end', `${'a {\n'.repeat(1000)}${'}\n'.repeat(1000)}`, 51, /nested too deeply/],
  ['a file that is too long', `# ${'x'.repeat(600_000)}`, 1, /it has 600002 characters, and up to 524288 are read/],
  ['nothing but brackets', '('.repeat(10_000), 1, /fits nowhere/],
])('%s is one problem, at its place', async (_name, text, line, sentence) => {
  const { problem, body } = await parseHcl('main.tf', text);
  expect(problem?.position.line).toBe(line);
  expect(problem?.sentence).toMatch(sentence);
  expect(body).toEqual({ attributes: [], blocks: [] });
});

test.each([
  ['nothing', ''],
  ['comments', '# one\n/* two */\n// three\n'],
])('%s is a file without blocks', async (_name, text) => {
  expect(await parseHcl('main.tf', text)).toMatchObject({ problem: undefined, body: { attributes: [], blocks: [] } });
});

test('a value that is nested ten thousand deep is read', async () => {
  const { body } = await parseHcl('main.tf', `a = ${'['.repeat(10_000)}${']'.repeat(10_000)}\n`);
  expect(body.attributes).toHaveLength(1);
});
