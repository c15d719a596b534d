import { describe, expect, test } from 'vitest';
import { checkMachine } from './machine.mjs';

const everything = () => true;

describe('what a machine must have before the first install', () => {
  test('a machine with Node, python3, make and a compiler has nothing to complain about', () => {
    expect(checkMachine({ version: '20.19.0', has: everything, platform: 'linux' })).toBeNull();
    expect(checkMachine({ version: '26.1.0', has: everything, platform: 'linux' })).toBeNull();
  });

  test.each(['18.20.4', '20.18.3'])('Node %s is refused by version, with where to get a newer one', (version) => {
    expect(checkMachine({ version, has: everything, platform: 'linux' })).toMatch(/too old.*20\.19.*nodejs\.org/);
  });

  test('a missing compiler is one message that names the package to install', () => {
    const message = checkMachine({ version: '20.20.2', has: (command) => !/\+\+/.test(command), platform: 'linux' });
    expect(message).toMatch(/C\+\+17 compiler.*not found.*apt-get install python3 make g\+\+/);
  });

  test('several missing tools are named together', () => {
    const message = checkMachine({ version: '20.20.2', has: (command) => command === 'g++', platform: 'darwin' });
    expect(message).toMatch(/python3, make not found.*xcode-select --install/);
  });
});
