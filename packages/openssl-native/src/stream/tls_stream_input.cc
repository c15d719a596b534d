// The way into a TlsStream: from the kernel to what OpenSSL reads, and to plaintext. See "In" in
// tls_stream.h.

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "descriptor.h"
#include "tls_stream.h"

namespace sslkit::stream {

namespace {

// How often DropInput() asks the kernel: a peer that never stops sending is reset in the end.
constexpr int kMaxDrops = 16;
// An alert of two bytes in a record, with the padding and the MAC of any suite.
constexpr size_t kAlertBytes = 128;

TlsStream* Self(uv_handle_t* handle) {
  return static_cast<TlsStream*>(static_cast<Shared*>(handle->data));
}

}  // namespace

void TlsStream::Unshift(const void* data, size_t size) {
  if (first_size_ == 0) {
    first_size_ = static_cast<uint8_t>(std::min(size, kFirstBytes));
    std::memcpy(first_bytes_, data, first_size_);
  }
  held_.Append(data, size);
  wire_.SetWindow(held_);
}

void TlsStream::StartReading() {
  if (reading_ || ended_ || read_error_ != 0 || !transport_.open()) return;
  const auto allocate = [](uv_handle_t* handle, size_t, uv_buf_t* buffer) {
    *buffer = uv_buf_init(Self(handle)->environment().read_buffer(), Environment::kReadBufferBytes);
  };
  const auto read = [](uv_stream_t* stream, ssize_t count, const uv_buf_t* buffer) {
    Self(reinterpret_cast<uv_handle_t*>(stream))->OnRead(count, buffer->base);
  };
  const int status = uv_read_start(transport_.stream(), allocate, read);
  if (status != 0) read_error_ = status;
  reading_ = status == 0;
}

void TlsStream::StopReading() {
  if (!reading_) return;
  reading_ = false;
  uv_read_stop(transport_.stream());
}

void TlsStream::OnRead(ssize_t count, const char* data) {
  if (count == 0) return;
  const Keep keep(this);
  const Turn turn(environment());
  if (count > 0) {
    TakeIn(data, static_cast<size_t>(count));
  } else {
    StopReading();
    // Linux tells of a reset once. libuv may report it as an end (poll's HUP behind a short read),
    // and a failed write takes it from the next read, which then finds an end.
    const bool reset = write_error_ == UV_ECONNRESET || WasReset(transport_.Descriptor());
    if (count == UV_EOF && !reset) {
      ended_ = true;
    } else {
      read_error_ = count == UV_EOF ? UV_ECONNRESET : static_cast<int>(count);
    }
  }
  if (job_ == nullptr) Advance();
  KeepRest();
}

/// The window lies over the read buffer itself when nothing is held from before.
void TlsStream::TakeIn(const char* data, size_t size) {
  if (first_size_ == 0) {
    first_size_ = static_cast<uint8_t>(std::min(size, kFirstBytes));
    std::memcpy(first_bytes_, data, first_size_);
  }
  if (job_ != nullptr) {
    held_.Append(data, size);
    return;
  }
  SyncHeld();
  if (held_.empty()) {
    wire_.in = reinterpret_cast<const uint8_t*>(data);
    wire_.in_size = size;
    in_place_ = true;
    return;
  }
  held_.Append(data, size);
  wire_.SetWindow(held_);
}

/// The read buffer is about to be used for others.
void TlsStream::KeepRest() {
  if (in_place_) {
    in_place_ = false;
    held_.Clear();
    if (wire_.in_size > 0) held_.Append(wire_.in, wire_.in_size);
    wire_.SetWindow(held_);
  } else if (job_ == nullptr) {
    SyncHeld();
  }
  if (held_.empty()) held_.Release();
  if (held_.size() >= kHeldBytes) StopReading();
}

/// Drops what OpenSSL has taken from the held bytes.
void TlsStream::SyncHeld() {
  if (in_place_ || held_.size() == wire_.in_size) return;
  held_.Consume(held_.size() - wire_.in_size);
  wire_.SetWindow(held_);
}

long TlsStream::Read(uint8_t* target, size_t size) {
  CheckUsable();
  if (phase_ == Phase::kEstablished) connection_->KeepWarm();
  connection_->AllowAnswer();
  if (Clogged()) return -SSL_ERROR_WANT_READ;
  size_t total = 0;
  ForgetOldErrors();
  while (total < size) {
    size_t count = 0;
    const int result = SSL_read_ex(ssl(), target + total, size - total, &count);
    if (result == 1) {
      total += count;
      if (total == size || MayHaveMore()) continue;
      Await();
      break;
    }
    const int error = SSL_get_error(ssl(), result);
    const bool fatal = error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
    if (fatal) Remember("SSL_read_ex", error);
    if (refused_ && !fatal) Reoffer();
    if (total > 0) {
      Await();
      if (error != SSL_ERROR_WANT_READ) LookAgain();
      break;
    }
    if (fatal) throw *failure_;
    if (error == SSL_ERROR_WANT_X509_LOOKUP) {
      // Another answer, in another turn.
      Await();
      LookAgain();
      return -SSL_ERROR_WANT_READ;
    }
    if (error != SSL_ERROR_WANT_READ) return -error;
    if (read_error_ != 0) return UvError(read_error_);
    Await();
    return -SSL_ERROR_WANT_READ;
  }
  return static_cast<long>(total);
}

/// Whether another SSL_read(3) may find something: asking costs a good part of a short message.
bool TlsStream::MayHaveMore() const {
  return wire_.in_size > 0 || refused_ || SSL_has_pending(ssl()) == 1;
}

void TlsStream::Await() {
  armed_ = true;
  if (!in_place_) {
    SyncHeld();
    if (held_.size() < kHeldBytes) StartReading();
  }
  // Nothing more will arrive that could wake the caller.
  if (!reading_) LookAgain();
}

size_t TlsStream::Buffered() const {
  return job_ != nullptr ? held_.size() : wire_.in_size;
}

void TlsStream::EndInput() {
  if (ended_ || !transport_.open()) return;
  const Keep keep(this);
  const Turn turn(environment());
  StopReading();
  DropOutput();
  write_error_ = UV_EPIPE;
  ended_ = true;
  if (job_ == nullptr) Advance();
}

void TlsStream::TakeArrived() {
  if (job_ != nullptr || !transport_.open()) return;
  KeepRest();
  StopReading();
  stream::TakeArrived(transport_.Descriptor(), &held_);
  wire_.SetWindow(held_);
}

bool TlsStream::DropInput() {
  const int fd = transport_.Descriptor();
  size_t dropped = 0;
  for (int i = 0; fd >= 0 && i < kMaxDrops; i++) {
    const ssize_t count =
        ::recv(fd, environment().read_buffer(), Environment::kReadBufferBytes, MSG_DONTWAIT);
    if (count == 0) return false;
    if (count < 0) break;
    dropped += static_cast<size_t>(count);
  }
  return dropped + Buffered() > kAlertBytes;
}

}  // namespace sslkit::stream
