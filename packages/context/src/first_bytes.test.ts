import { expect, test } from 'vitest';
import { guessProtocol, looksLikeTls } from './first_bytes.ts';

test.each([
  ['HTTP/1.1 400 Bad Request\r\n', /HTTP/],
  ['<html><body>', /HTML/],
  ['SSH-2.0-OpenSSH_9.2p1\r\n', /SSH/],
  ['220 mail.example ESMTP Postfix\r\n', /SMTP.*STARTTLS/],
  ['220 ProFTPD Server ready\r\n', /FTP.*AUTH TLS/],
  ['220 ready\r\n', /SMTP or FTP/],
  ['* OK IMAP4rev1 ready\r\n', /IMAP/],
  ['+OK POP3 ready\r\n', /POP3/],
  ['GET / HTTP/1.1\r\n', /HTTP request/],
  ['PRI * HTTP/2.0\r\n', /HTTP\/2/],
  ['-ERR unknown command', /Redis/],
  ['RFB 003.008\n', /VNC/],
  ['J\0\0\0\n8.0.36\0', /MySQL/],
  ['N', /PostgreSQL/],
  ['hello there', /plain text/],
])('%j is recognised', (greeting, meaning) => {
  expect(guessProtocol(Buffer.from(greeting, 'latin1'))).toMatch(meaning);
});

test.each(['160301020001000001fc0303', '00', '', '15030300020246', 'ffffffffffffffff'])(
  'bytes %s say nothing',
  (hex) => {
    expect(guessProtocol(Buffer.from(hex, 'hex'))).toBeNull();
  },
);

test.each([
  ['1603010200', true],
  ['15030300020246', true],
  ['1604010200', false],
  ['4745', false],
  ['', false],
])('bytes %s as TLS: %s', (hex, expected) => {
  expect(looksLikeTls(Buffer.from(hex, 'hex'))).toBe(expected);
});
