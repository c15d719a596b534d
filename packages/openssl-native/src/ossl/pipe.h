#pragma once
// One SSL over memory that the caller lends: ciphertext is read where it arrived, records are
// written where they leave from. What does not fit waits in a queue on either side.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "connection.h"
#include "failure.h"
#include "memory_bio.h"

namespace sslkit::ossl {

/// What one call did.
struct Progress {
  /// Bytes put into the memory that was given.
  size_t count = 0;
  /// SSL_get_error(3) of what stopped it, SSL_ERROR_SSL when the next call throws; 0: everything is
  /// sealed, or what was to be opened has not all found room.
  int stopped_by = 0;
};

class Pipe {
 public:
  /// Becomes both ends of the connection's SSL.
  explicit Pipe(std::shared_ptr<Connection> connection);

  /// Ciphertext of the peer, for a call to come.
  void Feed(const void* data, size_t size) { incoming_.queue().Append(data, size); }
  /// The peer sends no more.
  void FeedEnd() { incoming_.WriteEnd(); }
  /// Decrypts what was fed and then `data`, across records, into `room`. All of `data` is taken. A
  /// failure behind plaintext is kept for the next call.
  Progress Open(const uint8_t* data, size_t size, uint8_t* room, size_t room_size);
  /// Encrypts all of `data` into `room`, behind what waits to be sent; or nothing of it.
  Progress Seal(const uint8_t* data, size_t size, uint8_t* room, size_t room_size);

  /// Ciphertext that nobody has decrypted.
  ByteQueue& incoming() { return incoming_.queue(); }
  /// Records that did not fit, and what the protocol says by itself.
  ByteQueue& outgoing() { return outgoing_.queue(); }

 private:
  SSL* Idle() const;
  bool Exhausted(SSL* ssl) const;
  int ReadAll(SSL* ssl, uint8_t* room, size_t room_size, size_t* total);
  int Keep(Failure failure, size_t count);
  void ThrowKept();

  std::shared_ptr<Connection> connection_;
  MemoryBio incoming_;
  MemoryBio outgoing_;
  /// What the next call throws.
  std::optional<Failure> kept_;
};

}  // namespace sslkit::ossl
