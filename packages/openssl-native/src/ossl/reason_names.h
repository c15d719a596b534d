#pragma once
// Names for the three parts of a packed error code, spelled as OpenSSL's macros (and Python) spell
// them.

#include <string>

namespace sslkit::ossl {

/// `SSL` for ERR_LIB_SSL; empty when unknown.
std::string LibraryName(unsigned long code);

/// `CERTIFICATE_VERIFY_FAILED` for SSL_R_CERTIFICATE_VERIFY_FAILED; empty for reasons shared by all
/// libraries (ERR_R_*).
std::string ReasonName(unsigned long code);

/// The reason in words; empty when unknown.
std::string ReasonText(unsigned long code);

}  // namespace sslkit::ossl
