#include "buffers.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

namespace sslkit::stream {

namespace {

// A flight of a handshake with a small chain fits.
constexpr size_t kFirstCapacity = 4096;
// Larger ones (a write that the kernel did not take at once) go back to the allocator.
constexpr size_t kMaxPooledCapacity = 160 * 1024;
constexpr size_t kMaxPooled = 16;

}  // namespace

void Bytes::Append(const void* data, size_t size) {
  Reserve(size);
  std::memcpy(memory_.get() + end_, data, size);
  end_ += size;
}

void Bytes::Consume(size_t size) {
  begin_ += size;
  if (begin_ == end_) Clear();
}

void Bytes::Release() {
  Clear();
  memory_.reset();
  capacity_ = 0;
}

void Bytes::Reserve(size_t extra) {
  if (capacity_ - end_ >= extra) return;
  if (begin_ > 0) {
    std::memmove(memory_.get(), memory_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (capacity_ - end_ >= extra) return;
  }
  const size_t capacity = std::max({kFirstCapacity, capacity_ * 2, end_ + extra});
  auto* memory = static_cast<uint8_t*>(std::realloc(memory_.get(), capacity));
  if (memory == nullptr) throw std::bad_alloc();
  static_cast<void>(memory_.release());
  memory_.reset(memory);
  capacity_ = capacity;
}

BytesPtr BufferPool::Take() {
  if (idle_.empty()) return std::make_unique<Bytes>();
  BytesPtr buffer = std::move(idle_.back());
  idle_.pop_back();
  return buffer;
}

void BufferPool::Give(BytesPtr buffer) {
  if (idle_.size() >= kMaxPooled || buffer->capacity() > kMaxPooledCapacity) return;
  buffer->Clear();
  idle_.push_back(std::move(buffer));
}

}  // namespace sslkit::stream
