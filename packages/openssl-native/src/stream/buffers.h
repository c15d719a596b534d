#pragma once
// Byte buffers of the native channel. Neither zeroes its memory: what lies beyond size() is never
// shown to anyone.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace sslkit::stream {

/// Bytes that are appended at the back and consumed at the front; memory is given back when the
/// last byte is consumed.
class Bytes {
 public:
  const uint8_t* data() const { return memory_.get() + begin_; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }

  void Append(const void* data, size_t size);
  /// Drops bytes at the front; keeps the memory.
  void Consume(size_t size);
  /// Forgets the bytes, keeps the memory.
  void Clear() { begin_ = end_ = 0; }
  /// Forgets the bytes and gives the memory back.
  void Release();

 private:
  struct Free {
    void operator()(uint8_t* memory) const { std::free(memory); }
  };

  void Reserve(size_t extra);

  std::unique_ptr<uint8_t[], Free> memory_;
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t capacity_ = 0;
};

using BytesPtr = std::unique_ptr<Bytes>;

/// Buffers that are warm in the cache, lent to whichever connection is sending. An idle connection
/// holds none.
class BufferPool {
 public:
  BytesPtr Take();
  void Give(BytesPtr buffer);

 private:
  std::vector<BytesPtr> idle_;
};

}  // namespace sslkit::stream
