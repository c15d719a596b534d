import {
  type DerKind,
  formatPem,
  identifyDer,
  PemError,
  type PemBlock,
  type PemMode,
  type PemRepair,
  iteratePem,
  readDer,
  repairPem,
} from '@sslkit/pem';

/** A block, and what can be said of it at a glance. */
export interface BlockView {
  block: PemBlock;
  kind: DerKind;
  secret: boolean;
  notes: string[];
}

export interface Finding {
  blocks: BlockView[];
  /** Why the rest could not be read; null when all was. */
  error: PemError | null;
  /** The text as it should be, with what was done to it; null when nothing can be done. */
  mended: { text: string; repairs: readonly Pick<PemRepair, 'line' | 'description'>[] } | null;
}

/** Everything the page shows of an input. */
export function inspect(input: string | Uint8Array, mode: PemMode): Finding {
  const finding: Finding = { blocks: [], error: null, mended: null };
  try {
    for (const block of iteratePem(input, { mode })) finding.blocks.push(view(block));
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    finding.error = error;
  }
  finding.mended = mend(input, finding.error?.code);
  return finding;
}

function view(block: PemBlock): BlockView {
  const kind = identifyDer(block.der);
  const notes: string[] = [];
  const encrypted = block.label === 'ENCRYPTED PRIVATE KEY' || /ENCRYPTED/.test(block.headers.get('Proc-Type') ?? '');
  if (encrypted) notes.push('Encrypted: whoever reads it needs its password.');
  const extra = kind === 'unknown' ? 0 : block.der.length - readDer(block.der).end;
  if (extra > 0) notes.push(`${extra} bytes follow the structure.`);
  if (kind !== 'unknown' && !expected(block.label, kind))
    notes.push(`The label says ${block.label}, the contents are a ${kind}.`);
  return { block, kind, secret: block.label.endsWith('PRIVATE KEY'), notes };
}

const LABELS: Partial<Record<DerKind, RegExp>> = {
  certificate: /CERTIFICATE$/,
  'certificate-request': /CERTIFICATE REQUEST$/,
  crl: /CRL$/,
  pkcs8: /^PRIVATE KEY$/,
  'encrypted-pkcs8': /^ENCRYPTED PRIVATE KEY$/,
  'pkcs1-private': /^RSA PRIVATE KEY$/,
  'pkcs1-public': /^RSA PUBLIC KEY$/,
  sec1: /^EC PRIVATE KEY$/,
  spki: /^PUBLIC KEY$/,
  pkcs7: /^(PKCS7|CMS|PKCS #7 SIGNED DATA|CERTIFICATE CHAIN)$/,
  'dh-parameters': /DH PARAMETERS$/,
};

function expected(label: string, kind: DerKind): boolean {
  return LABELS[kind]?.test(label) ?? true;
}

function mend(input: string | Uint8Array, code: PemError['code'] | undefined): Finding['mended'] {
  const kind = typeof input === 'string' ? 'unknown' : identifyDer(input);
  const label = DER_LABELS[kind];
  if (typeof input !== 'string' && label !== undefined) {
    return { text: formatPem({ label, der: input }), repairs: [{ line: 1, description: 'encoded the DER as PEM' }] };
  }
  // What is no text has no line ends to mend.
  if (code === 'ERR_PEM_DER' || code === 'ERR_PEM_UTF16') return null;
  const text = typeof input === 'string' ? input : new TextDecoder().decode(input);
  const mended = repairPem(text);
  return mended.repairs.length > 0 ? mended : null;
}

const DER_LABELS: Partial<Record<DerKind, string>> = {
  certificate: 'CERTIFICATE',
  'certificate-request': 'CERTIFICATE REQUEST',
  crl: 'X509 CRL',
  pkcs8: 'PRIVATE KEY',
  'encrypted-pkcs8': 'ENCRYPTED PRIVATE KEY',
  'pkcs1-private': 'RSA PRIVATE KEY',
  'pkcs1-public': 'RSA PUBLIC KEY',
  sec1: 'EC PRIVATE KEY',
  spki: 'PUBLIC KEY',
  pkcs7: 'PKCS7',
  'dh-parameters': 'DH PARAMETERS',
};
