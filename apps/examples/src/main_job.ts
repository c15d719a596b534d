/**
 * The main job: a verified TLS conversation through every layer.
 *
 *     npm start                    against a server of its own, on loopback
 *     npm start HOST[:PORT]        against a real server; the port is 443 unless given, IPv6 in brackets
 */
import { converseLocally } from './main_job/local.ts';
import { converseRemotely } from './main_job/remote.ts';
import { parseTarget } from './main_job/target.ts';
import { failureText } from './support/failure_text.ts';

// Who pipes us into `head` has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  const [argument, ...surplus] = process.argv.slice(2).filter((word) => word !== '--');
  if (surplus.length > 0) throw new TypeError('give one HOST[:PORT], or nothing');
  if (argument === undefined) await converseLocally();
  else await converseRemotely(parseTarget(argument));
} catch (error) {
  console.error(`\nfailed\n${failureText(error)}`);
  process.exitCode = 1;
}
