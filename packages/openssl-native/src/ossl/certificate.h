#pragma once
// A certificate as plain values, in the shape of Python's getpeercert().

#include <openssl/x509.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ptr.h"

namespace sslkit::ossl {

using NameAttribute = std::pair<std::u16string, std::u16string>;
using RelativeName = std::vector<NameAttribute>;
using DistinguishedName = std::vector<RelativeName>;

struct AlternativeName {
  std::u16string type;
  std::variant<std::u16string, DistinguishedName> value;
};

struct CertificateInfo {
  DistinguishedName subject;
  DistinguishedName issuer;
  long version = 0;
  std::string serial_number;
  std::string not_before;
  std::string not_after;
  std::vector<AlternativeName> subject_alt_names;
  bool has_subject_alt_names = false;
  std::vector<std::u16string> ocsp;
  std::vector<std::u16string> ca_issuers;
  std::vector<std::u16string> crl_distribution_points;
};

CertificateInfo DecodeCertificate(X509* cert);

/// DER of a certificate; throws Failure.
std::string ToDer(X509* cert);

/// Exactly one certificate with nothing behind it; throws Failure.
X509Ptr CertificateFromDer(const void* data, size_t size);

/// The first certificate of PEM text; throws Failure.
X509Ptr CertificateFromPem(const void* data, size_t size);

}  // namespace sslkit::ossl
