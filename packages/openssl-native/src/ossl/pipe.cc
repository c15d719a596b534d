#include "pipe.h"

#include <openssl/err.h>

#include <utility>

#include "error_queue.h"

namespace sslkit::ossl {

namespace {

/// As ErrorScope. These calls run for every message, and clearing costs more than looking.
struct Quiet {
  Quiet() { Clear(); }
  ~Quiet() { Clear(); }

 private:
  static void Clear() {
    if (ERR_peek_error() != 0) ERR_clear_error();
  }
};

/// Memory is lent for as long as this lives, whatever is thrown.
struct Loan {
  explicit Loan(MemoryBio& lent_to) : bio(lent_to) {}
  ~Loan() { bio.Reclaim(); }
  MemoryBio& bio;
};

bool IsFailure(int error) {
  return error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
}

}  // namespace

Pipe::Pipe(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {
  Idle();
  connection_->SetBio(incoming_, outgoing_);
}

Progress Pipe::Open(const uint8_t* data, size_t size, uint8_t* room, size_t room_size) {
  SSL* const ssl = Idle();
  ThrowKept();
  const Connection::Called called{*connection_};
  const Quiet quiet;
  Progress progress;
  connection_->AllowAnswer();
  {
    incoming_.LendInput(data, size);
    const Loan loan(incoming_);
    progress.stopped_by = ReadAll(ssl, room, room_size, &progress.count);
  }
  // An idle connection keeps no memory here.
  incoming_.queue().Trim();
  connection_->KeepWarm();
  return progress;
}

/// SSL_read(3) at the end of the input would allocate a record's buffer to find nothing, so it is
/// not asked when the answer is known.
int Pipe::ReadAll(SSL* ssl, uint8_t* room, size_t room_size, size_t* total) {
  for (;;) {
    if (*total > 0 && Exhausted(ssl)) return SSL_ERROR_WANT_READ;
    if (*total == room_size) return 0;
    size_t count = 0;
    const int result = SSL_read_ex(ssl, room + *total, room_size - *total, &count);
    *total += count;
    if (result == 1) continue;
    const int error = SSL_get_error(ssl, result);
    if (!IsFailure(error)) return error;
    return Keep(connection_->Failed("SSL_read", error), *total);
  }
}

bool Pipe::Exhausted(SSL* ssl) const {
  return incoming_.lent() == 0 && incoming_.queue().Size() == 0 && !incoming_.end_written() &&
         SSL_has_pending(ssl) == 0;
}

Progress Pipe::Seal(const uint8_t* data, size_t size, uint8_t* room, size_t room_size) {
  SSL* const ssl = Idle();
  ThrowKept();
  const Connection::Called called{*connection_};
  const Quiet quiet;
  Progress progress;
  outgoing_.LendOutput(room, room_size);
  const Loan loan(outgoing_);
  size_t written = 0;
  connection_->AllowAnswer();
  const int result = size == 0 ? 1 : SSL_write_ex(ssl, data, size, &written);
  if (result != 1) progress.stopped_by = SSL_get_error(ssl, result);
  progress.count = room_size - outgoing_.lent();
  // An alert must not be lost with the call.
  if (IsFailure(progress.stopped_by))
    Keep(connection_->Failed("SSL_write", progress.stopped_by), progress.count);
  connection_->KeepWarm();
  return progress;
}

/// A failure is thrown at once when there is nothing to be lost by it.
int Pipe::Keep(Failure failure, size_t count) {
  if (count == 0) throw failure;
  kept_ = std::move(failure);
  return SSL_ERROR_SSL;
}

void Pipe::ThrowKept() {
  if (!kept_) return;
  const Failure failure = std::move(*kept_);
  kept_.reset();
  throw failure;
}

SSL* Pipe::Idle() const {
  if (connection_->busy.load(std::memory_order_acquire)) {
    throw Misuse{Misuse::Kind::kError, "ERR_SSL_BUSY",
                 "This Ssl object is in use by a stream, a handshake job or a callback"};
  }
  return connection_->ssl();
}

}  // namespace sslkit::ossl
