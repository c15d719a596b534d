#pragma once
// Which connections keep their record buffers between two records.
//
// With SSL_MODE_RELEASE_BUFFERS an idle connection holds some 34 kB less, but a busy one allocates
// and frees 17 kB for every record. So the mode is off for the few that were used last, and on for
// all others: memory stays bounded, whatever the number of connections, and no timer is needed.

#include <openssl/ssl.h>

#include <cstddef>

namespace sslkit::ossl {

/// A place in the row of warm connections. Belongs to one thread, and ends before the SSL.
class Warm {
 public:
  /// Of this many connections a thread keeps the buffers, 2 MB in all.
  static constexpr size_t kPlaces = 64;

  /// Where SSL_MODE_RELEASE_BUFFERS is not set, all this does nothing.
  explicit Warm(SSL* ssl);
  ~Warm() {
    if (inside_) Unlink();
  }
  Warm(const Warm&) = delete;
  Warm& operator=(const Warm&) = delete;

  /// The connection was used just now.
  void Touch() {
    if (Row().first != this && ssl_ != nullptr) Enter();
  }

 private:
  struct List {
    Warm* first = nullptr;
    Warm* last = nullptr;
    size_t size = 0;
  };

  static List& Row() {
    thread_local List row;
    return row;
  }

  void Enter();
  void Unlink();
  void CoolDown();

  SSL* ssl_;
  bool inside_ = false;
  Warm* before_ = nullptr;
  Warm* behind_ = nullptr;
};

}  // namespace sslkit::ossl
