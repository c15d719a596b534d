#pragma once

#include <openssl/crypto.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace sslkit::ossl {

/// Bytes that are wiped when they go. Fixed capacity, so that growing never leaves a copy behind.
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { Clear(); }

  void Assign(std::string_view bytes) {
    Clear();
    bytes_.reserve(bytes.size());
    bytes_.assign(bytes);
  }
  void Clear() {
    if (!bytes_.empty()) OPENSSL_cleanse(bytes_.data(), bytes_.size());
    bytes_.clear();
  }
  std::string_view View() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace sslkit::ossl
