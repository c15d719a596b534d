// Node's own headers, with OpenSSL's among them, are what the addon compiles against.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @returns {{ nodedir?: string, error?: string }} `nodedir` undefined: node-gyp downloads them.
 */
export function findHeaders() {
  const given = process.env.npm_config_nodedir;
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  // npm hands down its user's configuration, which may be meant for another Node.
  const nodedir = [given, prefix].find((folder) => folder && hasHeaders(folder) && headersMatch(folder));
  if (nodedir) return { nodedir };
  if (!given) return {};
  return {
    error: `npm_config_nodedir is ${given}, which does not hold Node ${process.versions.node}'s headers with OpenSSL's.`,
  };
}

export function explainDownload(log) {
  return [
    log,
    '',
    `The headers of Node ${process.versions.node} are neither beside ${process.execPath} nor could node-gyp download them.`,
    `Install Node from https://nodejs.org (its archives carry include/node), or set npm_config_nodedir to a folder that`,
    'holds include/node/node_api.h and include/node/openssl/ssl.h of the same version.',
  ].join('\n');
}

function hasHeaders(prefix) {
  return ['node_api.h', 'openssl/ssl.h'].every((name) => existsSync(join(prefix, 'include', 'node', name)));
}

// A distribution may have left another version's headers under the same prefix.
function headersMatch(prefix) {
  const text = readFileSync(join(prefix, 'include', 'node', 'node_version.h'), 'utf8');
  const major = /#define NODE_MAJOR_VERSION (\d+)/.exec(text)?.[1];
  return major === process.versions.node.split('.')[0];
}
