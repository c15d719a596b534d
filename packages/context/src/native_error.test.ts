import { describe, expect, test } from 'vitest';
import { connectionError } from './native_error.ts';
import { native } from './native.ts';

const ssl = new native.Ssl(new native.SslCtx('TLS_client'), false);
const facts = { ssl, serverSide: false, serverHostname: null, firstBytes: null };

function failure(...reasons: string[]): Error {
  const errors = reasons.map((reason) => ({ code: 0, library: 'SSL', reason, reasonText: reason, data: null }));
  return Object.assign(new Error('SSL_read_ex'), {
    code: 'ERR_OPENSSL',
    operation: 'SSL_read_ex',
    sslError: 1,
    errors,
  });
}

describe('a general reason over the one that tells, as OpenSSL 3.2 and later put it', () => {
  test('is the reason, as in Python, and the hint goes by the other', () => {
    const error = connectionError(failure('DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'RECORD_LAYER_FAILURE'), facts);
    expect(error).toMatchObject({
      reason: 'RECORD_LAYER_FAILURE',
      code: 'ERR_SSL_RECORD_LAYER_FAILURE',
      hint: expect.stringContaining('damaged'),
    });
  });

  test('has no hint when there is nothing below', () => {
    expect(connectionError(failure('RECORD_LAYER_FAILURE'), facts)).not.toHaveProperty('hint');
  });
});
