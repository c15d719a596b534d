/** The likely cause of a failure of the operating system, where the caller sees only its code. */

const HINTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there: check the port, and whether the service runs.',
  ECONNRESET:
    'The other side dropped the connection: a firewall, a full server, or a port that wants another protocol than TLS.',
  EPIPE: 'The other side has closed the connection and takes nothing any more.',
  EHOSTUNREACH: 'No route to the host: check the network and the address.',
  ENETUNREACH: 'No route to the network: is this machine connected, and does it have IPv6?',
  ETIMEDOUT: 'No answer: a firewall may drop the packets, or the host is down.',
  ENOTFOUND: 'The name does not exist: check its spelling.',
  EAI_AGAIN: 'The name could not be looked up now: check the network and the name server.',
  EADDRINUSE: 'Another process listens there already: choose another port, or 0 for a free one.',
  EADDRNOTAVAIL: 'This machine does not have that address.',
  EMFILE: 'This process has too many files and sockets open; see ulimit -n.',
};

const FILE_HINTS: Readonly<Record<string, string>> = {
  ENOENT: 'There is no such file. A relative path begins at the working directory of the process.',
  ENOTDIR: 'This is a file, or the path leads through one.',
  EISDIR: 'This is a folder, where a file is expected.',
  EACCES: 'The user of this process may not read it.',
  ...HINTS,
};

/** What is likely wrong, or undefined when the code says it all. With a path, the failure is of a file. */
export function systemHint(code: string, path: string | undefined): string | undefined {
  return (path === undefined ? HINTS : FILE_HINTS)[code];
}
