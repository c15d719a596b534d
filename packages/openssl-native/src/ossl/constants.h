#pragma once

#include <vector>

namespace sslkit::ossl {

struct Constant {
  const char* name;
  /// Options are 64 bits wide; as bits, not as a quantity.
  long long value;
};

/// SSL_OP_*
const std::vector<Constant>& OptionConstants();
/// Everything else that fits a number: SSL_VERIFY_*, SSL_MODE_*, SSL_AD_*, X509_V_* …
const std::vector<Constant>& NumberConstants();

}  // namespace sslkit::ossl
