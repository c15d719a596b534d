// The package's core behaviour, in whatever runtime runs this: no import but the package, nothing of Node.
// Prints one line of JSON. `without` names globals to take away first, to see the fall-backs.
const without = (globalThis.process?.argv ?? []).slice(2);
for (const name of without) {
  if (name === 'fromBase64') delete Uint8Array.fromBase64;
  else delete globalThis[name];
}

const pem = await import('../../dist/index.js');
const failures = [];
let checks = 0;

function check(what, got, expected) {
  checks++;
  const [a, b] = [JSON.stringify(got), JSON.stringify(expected)];
  if (a !== b) failures.push(`${what}: ${a} is not ${b}`);
}

function code(run) {
  try {
    run();
  } catch (error) {
    return error.code;
  }
  return 'no error';
}

/** Why a block of this base64 is refused. */
function refusal(label, base64) {
  return code(() => pem.parsePem(`-----BEGIN ${label}-----\n${base64}\n-----END ${label}-----\n`));
}

const der = Uint8Array.from({ length: 1000 }, (_, i) => (i * 37) & 255);
const certificate = pem.derCertToPemCert(der);
check('length', certificate.length, 27 + 1 + 1336 + 21 + 25 + 1);
check('round trip', [...pem.pemCertToDerCert(certificate)], [...der]);

for (const label of ['CERTIFICATE', 'PRIVATE KEY']) {
  for (let length = 0; length < 100; length++) {
    const text = pem.formatPem({ label, der: der.subarray(0, length) });
    for (const mode of ['standard', 'lax']) {
      const [block] = pem.parsePem(text, { mode });
      check(`${label} ${length} ${mode}`, [block.label, ...block.der], [label, ...der.subarray(0, length)]);
    }
  }
  for (const bad of ['AA*A', 'A===', 'AA==AAAA', 'AA-A', 'AA_A', 'AA\u0141A', 'AAAA\0', 'AAAA\u00a0']) {
    check(`${label} ${bad}`, refusal(label, bad).slice(0, 14), 'ERR_PEM_BASE64');
  }
  check(`${label} AAA`, refusal(label, 'AAA'), 'ERR_PEM_MISSING_PADDING');
  for (const bad of ['AAAA\f', 'AAAA\v']) check(`${label} ${bad}`, refusal(label, bad), 'ERR_PEM_WHITESPACE');
}

const bytes = new TextEncoder().encode(`\ufeff# Ünïcödé 証明書\r\n${certificate}`);
check('preamble of bytes', pem.parsePem(bytes)[0].preamble, '# Ünïcödé 証明書\r\n');
check('kind', pem.identifyDer(Uint8Array.of(0x30, 3, 2, 1, 5)), 'unknown');
check(
  'DER',
  code(() => pem.readDer(Uint8Array.of(0x30, 0x80))),
  'ERR_DER_INDEFINITE',
);
check('time', pem.certTimeToSeconds('May  9 00:00:00 2007 GMT'), 1178668800);
check(
  'literal',
  code(() => pem.parsePem(certificate.replaceAll('\n', '\\n'))),
  'ERR_PEM_LITERAL_NEWLINE',
);
check('repair', pem.repairPem(certificate.replaceAll('\n', '\\n')).text, certificate);

for (const size of [1, 63, 10_000]) {
  const stream = new ReadableStream({
    start(controller) {
      for (let i = 0; i < bytes.length; i += size) controller.enqueue(bytes.slice(i, i + size));
      controller.close();
    },
  });
  const blocks = [];
  for await (const block of pem.parsePemStream(stream)) blocks.push(block);
  check(`stream in pieces of ${size}`, [blocks.length, ...blocks[0].der], [1, ...der]);
}

console.log(JSON.stringify({ checks, failures }));
