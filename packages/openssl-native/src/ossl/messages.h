#pragma once
// What a connection has sent and received of the protocol itself, for whoever looks on.
//
// It is collected here, on whatever thread the step runs, and told to JavaScript when the step is
// over: no JavaScript runs inside OpenSSL for it.

#include <openssl/ssl.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace sslkit::ossl {

struct Message {
  bool sent = false;
  /// The wire version of the protocol, or of a record header.
  int version = 0;
  /// SSL3_RT_*.
  int content_type = 0;
  std::string bytes;
};

class Messages {
 public:
  void Add(Message message);
  /// All that came since the last time.
  std::vector<Message> Take();
  /// How many had no room since the last time.
  size_t TakeLost() { return std::exchange(lost_, 0); }

 private:
  /// A peer decides how much comes in one step: the smallest records make most of it.
  static constexpr size_t kMaxBytes = 4 * 1024 * 1024;
  static constexpr size_t kOverhead = sizeof(Message);

  std::vector<Message> messages_;
  size_t bytes_ = 0;
  size_t lost_ = 0;
};

/// SSL_CTX_set_msg_callback(3).
void OnMessage(int write, int version, int content_type, const void* bytes, size_t size, SSL* ssl,
               void*);

}  // namespace sslkit::ossl
