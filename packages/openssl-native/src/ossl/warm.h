#pragma once
// Which connections keep their record buffers between two records.
//
// With SSL_MODE_RELEASE_BUFFERS an idle connection holds some 34 kB less, but a busy one allocates
// and frees 17 kB for every record. So the mode is off for a few that are in use, and on for all
// others: memory stays bounded, whatever the number of connections, and no timer is needed.

#include <openssl/ssl.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace sslkit::ossl {

/// A connection that may have one of the places. Belongs to one thread, and ends before the SSL.
class Warm {
 public:
  /// Of this many connections a thread keeps the buffers, 2 MB in all.
  static constexpr size_t kPlaces = 64;
  /// A place is given on when this many calls have gone to others: then its holder is idle. If
  /// every call of more connections than there are places took one from another, all of them would
  /// only pay for it.
  static constexpr uint64_t kPatience = 4096;

  /// Where SSL_MODE_RELEASE_BUFFERS is not set, all this does nothing.
  explicit Warm(SSL* ssl);
  ~Warm();
  Warm(const Warm&) = delete;
  Warm& operator=(const Warm&) = delete;

  /// The connection was used just now.
  void Touch() {
    used_ = ++Row().calls;
    if (place_ == nullptr && ssl_ != nullptr) TryPlace();
  }

 private:
  struct Places {
    std::array<Warm*, kPlaces> holders{};
    size_t next = 0;
    uint64_t calls = 0;
  };

  static Places& Row() {
    thread_local Places row;
    return row;
  }

  void TryPlace();
  void CoolDown();

  SSL* ssl_;
  Warm** place_ = nullptr;
  uint64_t used_ = 0;
};

}  // namespace sslkit::ossl
