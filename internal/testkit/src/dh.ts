/**
 * Diffie-Hellman parameters on file, made by the command `openssl`: searching for primes takes it a quarter of a minute.
 *
 * - `plain-…`: `openssl dhparam BITS`
 * - `ffdhe3072`: `openssl genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072`
 * - `x942-2048`, `x942-1024`: `openssl genpkey -genparam -algorithm DHX -pkeyopt dh_rfc5114:3`, and `:1`
 */
import { fileURLToPath } from 'node:url';

export type DhName = 'plain-2048' | 'plain-1024' | 'ffdhe3072' | 'x942-2048' | 'x942-1024';

/** The path of a PEM file. */
export function dhFile(name: DhName): string {
  return fileURLToPath(new URL(`../golden/dh/${name}.pem`, import.meta.url));
}
