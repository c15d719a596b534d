#pragma once
// Certificates and keys from bytes, by the rules of the C functions that read files.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "ptr.h"

namespace sslkit::ossl {

struct ByteView {
  const uint8_t* data = nullptr;
  size_t size = 0;
};

enum class Encoding { kPem, kDer };

/// Gives the password at most once per call; returns false when there is none to give (the load
/// then fails). The view must stay valid until the load is over.
using PasswordCallback = std::function<bool(std::string_view* password)>;

/// The longest password OpenSSL takes: PEM_BUFSIZE.
constexpr size_t kMaxPassword = 1024;

struct CertificateChain {
  X509Ptr leaf;
  X509StackPtr chain;
};

/// PEM: the leaf, then its chain, up to the first end of data. @see
/// SSL_CTX_use_certificate_chain_file(3)
CertificateChain LoadCertificateChain(ByteView bytes, Encoding encoding,
                                      const PasswordCallback& password);

/// @see SSL_CTX_use_PrivateKey_file(3)
EvpPkeyPtr LoadPrivateKey(ByteView bytes, Encoding encoding, const PasswordCallback& password);

/// The first Diffie-Hellman parameters of PEM text, PKCS #3 or X9.42. @see PEM_read_DHparams(3)
EvpPkeyPtr LoadDhParameters(ByteView pem);

/// A read-only BIO; throws when there are more bytes than a BIO can count.
BioPtr OpenBytes(ByteView bytes);

}  // namespace sslkit::ossl
