#include "client_hello.h"

namespace sslkit::stream {

namespace {

constexpr size_t kHandshakeRecord = 22;
constexpr size_t kClientHello = 1;
constexpr size_t kVersionAndRandom = 2 + 32;
constexpr size_t kSessionTicket = 35;
constexpr size_t kPreSharedKey = 41;
constexpr size_t kSupportedVersions = 43;

/// Reads on from the left. Beyond the end everything is empty or zero, and `whole()` says so.
class Cursor {
 public:
  Cursor(const uint8_t* data, size_t size) : at_(data), size_(size) {}

  bool whole() const { return whole_; }
  bool empty() const { return size_ == 0; }

  void Skip(size_t count) { Take(count); }

  size_t Number(size_t bytes) {
    size_t number = 0;
    for (const uint8_t* at = Take(bytes); at != nullptr && bytes > 0; bytes--)
      number = number << 8 | *at++;
    return number;
  }

  /// What has its length in front, in so many bytes.
  Cursor Vector(size_t length_bytes) {
    const size_t length = Number(length_bytes);
    const uint8_t* const start = Take(length);
    return {start, start == nullptr ? 0 : length};
  }

 private:
  const uint8_t* Take(size_t count) {
    if (count > size_) {
      whole_ = false;
      size_ = 0;
      return nullptr;
    }
    const uint8_t* const start = at_;
    at_ += count;
    size_ -= count;
    return start;
  }

  const uint8_t* at_;
  size_t size_;
  bool whole_ = true;
};

}  // namespace

bool OffersSession(const uint8_t* data, size_t size) {
  Cursor input(data, size);
  if (input.Number(1) != kHandshakeRecord) return false;
  input.Skip(2);
  Cursor record = input.Vector(2);
  if (record.Number(1) != kClientHello) return false;
  Cursor hello = record.Vector(3);
  if (!input.whole() || !record.whole()) return false;
  hello.Skip(kVersionAndRandom);
  bool offered = !hello.Vector(1).empty();
  hello.Vector(2);  // cipher suites
  hello.Vector(1);  // compression methods
  Cursor extensions = hello.Vector(2);
  while (!extensions.empty()) {
    const size_t type = extensions.Number(2);
    const bool filled = !extensions.Vector(2).empty();
    // In TLS 1.3 the session ID is there for middleboxes only; what offers a session comes later,
    // as pre_shared_key is the last extension.
    if (type == kSupportedVersions) offered = false;
    if (filled && (type == kPreSharedKey || type == kSessionTicket)) return extensions.whole();
  }
  return offered && hello.whole() && extensions.whole();
}

}  // namespace sslkit::stream
