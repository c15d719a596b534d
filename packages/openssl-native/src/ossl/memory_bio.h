#pragma once
// A memory BIO over our own byte queue. BIO_s_mem moves the rest of its buffer on each read or
// write; here both ends are amortised O(1), and the end of the stream is explicit.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "ptr.h"

namespace sslkit::ossl {

/// Bytes in at the back, out at the front.
class ByteQueue {
 public:
  size_t Size() const { return end_ - begin_; }
  const uint8_t* Data() const { return bytes_.get() + begin_; }
  void Append(const void* data, size_t size);
  void Consume(size_t size);
  /// Gives the memory of an empty queue back; without it an empty one keeps a little for what comes
  /// next.
  void Trim();

 private:
  void Reserve(size_t extra);

  std::unique_ptr<uint8_t[]> bytes_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

/// Memory of the caller's that a BIO uses instead of its queue while one call lasts.
struct Lent {
  uint8_t* data = nullptr;
  size_t size = 0;

  void Advance(size_t count) {
    data += count;
    size -= count;
  }
};

/// One reference to such a BIO. An empty queue asks to retry until the end was written; then it
/// reads as end of file.
class MemoryBio {
 public:
  MemoryBio();

  ByteQueue& queue() { return state_->queue; }
  const ByteQueue& queue() const { return state_->queue; }
  bool end_written() const { return state_->end_written; }
  void WriteEnd() { state_->end_written = true; }

  /// Bytes to be read behind those of the queue, where they are, until Reclaim.
  void LendInput(const uint8_t* data, size_t size);
  /// Room for what is written, until Reclaim; what the queue holds comes first, and what does not
  /// fit goes to the queue.
  void LendOutput(uint8_t* room, size_t size);
  /// What is left of the input or the room that was lent.
  size_t lent() const { return state_->lent.size; }
  /// The memory is the caller's again; unread input moves to the queue.
  void Reclaim();

  /// One more reference, for SSL_set0_rbio(3) and the like.
  BioPtr Share() const;

  struct State {
    ByteQueue queue;
    bool end_written = false;
    /// Either input or room for output: a BIO serves one direction.
    Lent lent;
    bool lent_output = false;
  };

 private:
  BioPtr bio_;
  State* state_;  // owned by bio_
};

}  // namespace sslkit::ossl
