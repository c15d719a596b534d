/** TLS 1.2 peers may begin a handshake anew at any time; while it runs OpenSSL takes no data, and none may be lost. */
import { connect } from '@sslkit/socket';
import { opensslServer, requires, scene } from '@sslkit/testkit';
import { test } from 'vitest';
import { clientContext, overChannels } from './support.ts';

overChannels('renegotiation', () => {
  requires(test, 'openssl')('a server that renegotiates in the middle of our data gets all of it', async () => {
    const { server } = await scene();
    await using peer = await opensslServer({ cert: server.chainPem, key: server.keyPem, tls: '1.2' });
    await using client = await connect(['localhost', peer.port], { context: await clientContext('1.2') });
    for (let round = 1; round <= 3; round++) {
      peer.write('r\n');
      for (let line = 0; line < 40; line++) {
        await client.write(`round ${round} line ${line}\n`);
        if (line % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await client.write(`${'x'.repeat(9_000)}\nend ${round}\n`);
      await peer.output.waitFor(new RegExp(`round ${round} line 39\\n[^]*end ${round}\\n`));
    }
  });
});
