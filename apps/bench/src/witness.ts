/** A TCP relay between the parties that reads along: it knows what was negotiated where a party says nothing. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { readServerHello, type ServerHello } from './server_hello.ts';

const HOST = '127.0.0.1';
const HELLO_MAX = 16_384;

export class Witness {
  /** One for each connection, in the order in which the hellos came. */
  readonly hellos: ServerHello[] = [];
  readonly port: number;
  readonly #close: () => void;

  private constructor(port: number, hellos: ServerHello[], close: () => void) {
    this.port = port;
    this.hellos = hellos;
    this.#close = close;
  }

  static async start(serverPort: number): Promise<Witness> {
    const hellos: ServerHello[] = [];
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(serverPort, HOST);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {
          near.destroy();
          far.destroy();
        });
      }
      readAlong(far, (hello) => hellos.push(hello));
      near.pipe(far);
      far.pipe(near);
    });
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
    return new Witness((server.address() as AddressInfo).port, hellos, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
  }

  close(): void {
    this.#close();
  }
}

function readAlong(socket: Socket, found: (hello: ServerHello) => void): void {
  let seen: Buffer = Buffer.alloc(0);
  const read = (data: Buffer): void => {
    seen = Buffer.concat([seen, data]);
    let hello: ServerHello | null = null;
    try {
      hello = readServerHello(seen);
    } catch {
      socket.off('data', read); // an alert: the party reports the failure
    }
    if (hello) found(hello);
    if (hello || seen.length > HELLO_MAX) socket.off('data', read);
  };
  socket.on('data', read);
}
