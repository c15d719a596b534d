#pragma once

#include <openssl/ssl.h>

#include <string>

namespace sslkit::ossl {

/// What libssl before 3.5 tells of a signature that was made in a handshake.
struct SignatureParts {
  /// EVP_PKEY_*, with EVP_PKEY_RSA_PSS for the padding. @see SSL_get_signature_type_nid(3)
  int type = NID_undef;
  /// @see SSL_get_signature_nid(3)
  int hash = NID_undef;
  /// Whose key has signed.
  const X509* signer = nullptr;
  /// Of the connection, 0x0301…
  int version = 0;
};

/// Its name in RFC 8446 section 4.2.3, which the parts tell without doubt; empty when they are none
/// of those that OpenSSL names.
std::string NameOfSignature(const SignatureParts& parts);

}  // namespace sslkit::ossl
