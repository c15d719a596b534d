#pragma once
// The key-agreement groups that the loaded providers have, found as libssl finds them itself.

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace sslkit::ossl {

/// TLS names of the groups of the versions that a context may speak, by their number in RFC 8446
/// section 4.2.7. With `aliases`, names of the same group follow each other; else the first counts.
/// What SSL_CTX_get0_implemented_groups(3) of OpenSSL 3.5 says, for those that do not have it. @see
/// provider-base(7), "CAPABILITIES"
std::vector<std::string> GroupsOfProviders(SSL_CTX* ctx, bool aliases);

}  // namespace sslkit::ossl
