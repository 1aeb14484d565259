import { expect, test } from 'vitest';
import { fewOf } from '../../testkit/runner/thorough.ts';
import { discoverUnits } from '../discover-units.ts';
import { createParsedFiles } from '../parsed-files.ts';
import { readFolderTree } from '../repository-tree.ts';
import { noPrograms, writeTree } from '../tree-fixture.ts';
import { localDependencies } from './local-dependencies.ts';

const chart = (name: string, dependency = '') => `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n${dependency}`;
const BESIDE = 'dependencies: [{ name: cart, version: 0.1.0, repository: "file://../cart" }]\n';
const REMOTE = 'dependencies: [{ name: cart, version: 0.1.0, repository: "https://charts.example.com" }]\n';

const tree = async (vendored: string, text: string, dependency: string) =>
  readFolderTree(
    writeTree({
      'shop/Chart.yaml': chart('shop', dependency),
      [`shop/charts/${vendored}`]: text,
      'cart/Chart.yaml': chart('cart'),
    }),
    undefined,
  );

test.each(
  fewOf(4, [
    ['cart-api/Chart.yaml', 'cart-api', false],
    ['cart-api-1.0.0.tgz', '', false],
    ['cart-2-api-1.0.0.tgz', '', false],
    ['cartography/Chart.yaml', 'cartography', false],
    ['cart.tgz', '', false],
    ['cart/Chart.yaml', 'cart', true],
    ['cart/templates/routes.yaml', '', true],
    ['cart-0.1.0/Chart.yaml', 'cart', true],
    ['cart-0.1.0.tgz', '', true],
    ['cart-v1.2.3-rc.1+build.5.tgz', '', true],
    ['cart-1.2.tgz', '', true],
  ]),
)('charts/%s as %j holds the dependency cart: %s', async (file, name, isVendored) => {
  const text = name === '' ? 'packed' : chart(name);
  const beside = await localDependencies(createParsedFiles(await tree(file, text, BESIDE)), 'shop');
  expect(beside).toEqual(isVendored ? [] : [{ name: 'cart', folder: 'cart' }]);

  const refusing = { ...noPrograms, helm: async () => '/bin/false' };
  const { units } = await discoverUnits(await tree(file, text, REMOTE), refusing);
  const said = units.find(({ unit }) => unit.name === 'chart shop')?.findings[0]?.sentence;
  expect(said?.includes('cart of https://charts.example.com, which is not in its folder charts/')).toBe(!isVendored);
});
