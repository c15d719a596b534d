import { existsSync } from 'node:fs';

const PLACES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem'];

/** The system's roots in one file: given by path to contestants that must be told, as SSL_CERT_FILE to those that look. */
export const systemRoots: string = PLACES.find((place) => existsSync(place)) ?? '/etc/ssl/certs/ca-certificates.crt';
