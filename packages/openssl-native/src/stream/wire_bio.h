#pragma once
// The BIO between OpenSSL and the native channel: reads from a window over bytes that lie elsewhere
// (no copy, no queue of its own) and appends what OpenSSL sends to whatever buffer the owner lends.

#include <cstddef>
#include <cstdint>

#include "../ossl/ptr.h"
#include "buffers.h"

namespace sslkit::stream {

/// One side of the BIO. Touched only by the thread that drives the SSL at that moment.
struct Wire {
  /// Ciphertext that OpenSSL has not taken yet.
  const uint8_t* in = nullptr;
  size_t in_size = 0;
  /// Nothing follows the window: the peer has ended its side.
  bool in_ended = false;
  /// Lends the buffer that takes output; called for each write of OpenSSL.
  Bytes* (*lend)(void* owner) = nullptr;
  void* owner = nullptr;

  void SetWindow(const Bytes& bytes) {
    in = bytes.data();
    in_size = bytes.size();
  }
};

/// A BIO over `wire`, which must stay where it is until CutWire.
ossl::BioPtr NewWireBio(Wire* wire);

/// From now on the BIO reads as ended and refuses writes: its SSL may outlive the connection.
void CutWire(BIO* bio);

}  // namespace sslkit::stream
