// The way out of a TlsStream: plaintext to records, records to the kernel. See "Out" in
// tls_stream.h.

#include <algorithm>
#include <utility>

#include "../ossl/error_queue.h"
#include "tls_stream.h"

namespace sslkit::stream {

namespace {

// A full TLS record; RFC 8446 section 5.1.
constexpr size_t kRecordBytes = 16 * 1024;
// Plaintext that is encrypted before the kernel is asked to take it.
constexpr size_t kBatchBytes = 4 * kRecordBytes;
// Ciphertext that may wait for the kernel before Write() takes no more.
constexpr size_t kQueueBytes = 64 * 1024;
// Ciphertext that may wait for the kernel before no more is read: room for answers, not for floods.
// More than Write() ever leaves.
constexpr size_t kAnswerBytes = 512 * 1024;
// What one connection may send before the others have their turn.
constexpr size_t kTurnBytes = 512 * 1024;

}  // namespace

struct TlsStream::WriteRequest {
  uv_write_t request{};
  BytesPtr bytes;
  TlsStream* stream;

  static void OnDone(uv_write_t* request, int status) {
    const std::unique_ptr<WriteRequest> self(static_cast<WriteRequest*>(request->data));
    TlsStream* stream = self->stream;
    stream->environment().buffers().Give(std::move(self->bytes));
    stream->OnWritten(status);
    stream->Unref();
  }
};

Bytes* TlsStream::Lend(void* self) {
  auto* stream = static_cast<TlsStream*>(self);
  if (stream->out_ == nullptr) {
    stream->out_ = stream->environment().buffers().Take();
    stream->environment().EndTurnLater(stream);
  }
  return stream->out_.get();
}

size_t TlsStream::Queued() const {
  return in_flight_ + (out_ == nullptr ? 0 : out_->size());
}

/// Then kReadable comes when there is room again. Nothing else may ask for it: bytes that are held
/// back would only bring the reader here again.
bool TlsStream::Clogged() {
  if (write_error_ != 0 || Queued() < kAnswerBytes) return false;
  armed_ = true;
  clogged_ = true;
  return true;
}

void TlsStream::Unclog() {
  if (!clogged_ || (write_error_ == 0 && Queued() >= kQueueBytes)) return;
  clogged_ = false;
  LookAgain();
}

long TlsStream::Write(const uint8_t* data, size_t size) {
  CheckUsable();
  if (phase_ == Phase::kEstablished) connection_->KeepWarm();
  NoteTurn();
  const bool at_once = !std::exchange(wrote_in_turn_, true);
  size_t taken = 0;
  while (taken < size) {
    if (write_error_ != 0) return UvError(write_error_);
    if (!HasRoom()) {
      drain_wanted_ = true;
      break;
    }
    const size_t gathered = plain_ == nullptr ? 0 : plain_->size();
    const size_t rest = size - taken;
    if (gathered > 0 || (rest < kRecordBytes && !at_once)) {
      const size_t part = std::min(rest, kRecordBytes - gathered);
      Gather(data + taken, part);
      taken += part;
      if (gathered + part == kRecordBytes && !EncryptGathered()) break;
      continue;
    }
    size_t written = 0;
    const size_t part =
        rest < kRecordBytes ? rest : std::min(rest - rest % kRecordBytes, kBatchBytes);
    if (!Encrypt(data + taken, part, &written)) break;
    taken += written;
  }
  if (at_once || Queued() - in_flight_ >= kQueueBytes) Flush();
  if (write_error_ != 0) return UvError(write_error_);
  return static_cast<long>(taken);
}

void TlsStream::NoteTurn() {
  if (turn_ == environment().turn()) return;
  turn_ = environment().turn();
  sent_in_turn_ = 0;
  wrote_in_turn_ = false;
}

bool TlsStream::HasRoom() {
  if (Queued() >= kQueueBytes) Flush();
  if (sent_in_turn_ < kTurnBytes) return Queued() < kQueueBytes;
  WakeSoon();
  return false;
}

void TlsStream::Gather(const uint8_t* data, size_t size) {
  if (plain_ == nullptr) {
    plain_ = environment().buffers().Take();
    environment().EndTurnLater(this);
  }
  plain_->Append(data, size);
}

/// False when OpenSSL cannot send now: then the bytes stay gathered.
bool TlsStream::EncryptGathered() {
  if (plain_ == nullptr) return true;
  size_t written = 0;
  if (!Encrypt(plain_->data(), plain_->size(), &written)) return false;
  environment().buffers().Give(std::move(plain_));
  return true;
}

/// All or nothing: the wire takes whatever OpenSSL sends. Nothing is what it takes while the peer
/// renegotiates; Reoffer() ends that, and kDrain tells.
bool TlsStream::Encrypt(const uint8_t* data, size_t size, size_t* written) {
  ForgetOldErrors();
  connection_->AllowAnswer();
  const int result = SSL_write_ex(ssl(), data, size, written);
  if (result == 1) return true;
  const int error = SSL_get_error(ssl(), result);
  if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) Fail("SSL_write_ex", error);
  refused_ = true;
  drain_wanted_ = true;
  return false;
}

void TlsStream::EndTurn() {
  if (job_ != nullptr || !transport_.open()) return;
  if (plain_ != nullptr && failure_ == nullptr && !calling()) {
    try {
      EncryptGathered();
    } catch (const ossl::Failure&) {
      // Remembered: the next call throws it.
    }
  }
  Flush();
  Unclog();
}

void TlsStream::Flush() {
  if (out_ == nullptr || in_flight_ > 0) return;
  BytesPtr bytes = std::move(out_);
  if (write_error_ == 0 && !bytes->empty()) {
    const uv_buf_t buffer =
        uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(bytes->data())),
                    static_cast<unsigned>(bytes->size()));
    const int sent = uv_try_write(transport_.stream(), &buffer, 1);
    if (sent > 0) {
      sent_in_turn_ += static_cast<size_t>(sent);
      bytes->Consume(static_cast<size_t>(sent));
    } else if (sent != UV_EAGAIN && sent != UV_ENOSYS) {
      write_error_ = sent;
      bytes->Clear();
    }
    if (!bytes->empty()) return Queue(std::move(bytes));
  }
  environment().buffers().Give(std::move(bytes));
}

void TlsStream::Queue(BytesPtr rest) {
  in_flight_ = rest->size();
  auto* request = new WriteRequest();
  request->request.data = request;
  request->stream = this;
  const uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(reinterpret_cast<const char*>(rest->data())),
                  static_cast<unsigned>(rest->size()));
  in_flight_bytes_ = rest.get();
  request->bytes = std::move(rest);
  Ref();
  const int status =
      uv_write(&request->request, transport_.stream(), &buffer, 1, WriteRequest::OnDone);
  if (status == 0) return;
  write_error_ = status;
  in_flight_ = 0;
  in_flight_bytes_ = nullptr;
  delete request;
  Unref();
}

void TlsStream::OnWritten(int status) {
  in_flight_ = 0;
  in_flight_bytes_ = nullptr;
  if (!transport_.open()) return;
  const Turn turn(environment());
  if (status != 0) {
    write_error_ = status;
    DropOutput();
  }
  Flush();
  Unclog();
  if (drain_wanted_ && !waking_ && (write_error_ != 0 || Queued() < kQueueBytes / 2)) {
    drain_wanted_ = false;
    environment().Emit(this, Event::kDrain);
  }
}

int TlsStream::Drain() {
  if (job_ == nullptr) EndTurn();
  if (write_error_ != 0) return UvError(write_error_);
  if (Queued() == 0 && plain_ == nullptr) return 1;
  drain_wanted_ = true;
  return 0;
}

int TlsStream::ShutdownTransport() {
  if (!transport_.open()) return UV_EBADF;
  if (job_ == nullptr) EndTurn();
  if (write_error_ != 0) return write_error_;
  // libuv would end our side before what is not in its queue yet: the caller drains first.
  if (out_ != nullptr || plain_ != nullptr) return UV_EBUSY;
  auto* request = new uv_shutdown_t();
  request->data = this;
  Ref();
  const int status = uv_shutdown(request, transport_.stream(), [](uv_shutdown_t* done, int result) {
    auto* self = static_cast<TlsStream*>(done->data);
    delete done;
    if (self->transport_.open()) self->environment().Emit(self, Event::kShutdown, result);
    self->Unref();
  });
  if (status == 0) return 0;
  delete request;
  Unref();
  return status;
}

/// libuv counts what is left of the one request under way; that is the end of its bytes.
void TlsStream::TakeUnsent(Bytes* unsent) {
  if (in_flight_bytes_ != nullptr) {
    const size_t left = uv_stream_get_write_queue_size(transport_.stream());
    unsent->Append(in_flight_bytes_->data() + (in_flight_bytes_->size() - left), left);
  }
  if (out_ != nullptr) unsent->Append(out_->data(), out_->size());
  DropOutput();
}

void TlsStream::DropOutput() {
  if (out_ != nullptr) environment().buffers().Give(std::move(out_));
  if (plain_ != nullptr) environment().buffers().Give(std::move(plain_));
}

}  // namespace sslkit::stream
