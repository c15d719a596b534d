#include "tls_stream.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "../ossl/error_queue.h"

namespace sslkit::stream {

namespace {

TlsStream* Self(uv_handle_t* handle) {
  return static_cast<TlsStream*>(static_cast<Shared*>(handle->data));
}

}  // namespace

struct TlsStream::ConnectRequest {
  uv_connect_t request{};
  TlsStream* stream;

  static void OnDone(uv_connect_t* request, int status) {
    const std::unique_ptr<ConnectRequest> self(static_cast<ConnectRequest*>(request->data));
    self->stream->OnConnect(status);
    self->stream->Unref();
  }
};

TlsStream::~TlsStream() {
  if (bio_) CutWire(bio_.get());
}

int TlsStream::Start(TransportKind kind) {
  const int status = transport_.Init(environment().loop(), kind, static_cast<Shared*>(this));
  if (status != 0) return status;
  environment().Opened(this);
  environment().CountStream(1);
  return 0;
}

int TlsStream::OpenDescriptor(int fd, TransportKind kind) {
  const int status = Start(kind);
  return status != 0 ? status : transport_.Adopt(fd);
}

int TlsStream::AcceptFrom(uv_stream_t* server, TransportKind kind) {
  int status = Start(kind);
  if (status == 0) status = uv_accept(server, transport_.stream());
  // Output is gathered here; Nagle's algorithm would only hold it back.
  if (status == 0 && kind == TransportKind::kTcp) status = transport_.SetNoDelay(true);
  return status;
}

int TlsStream::ConnectTcp(const sockaddr_storage& address, const sockaddr_storage* local) {
  int status = Start(TransportKind::kTcp);
  if (status == 0 && local != nullptr) status = transport_.Bind(*local);
  if (status != 0) return status;
  auto request = std::make_unique<ConnectRequest>();
  request->request.data = request.get();
  request->stream = this;
  status = uv_tcp_connect(&request->request, transport_.tcp(),
                          reinterpret_cast<const sockaddr*>(&address), ConnectRequest::OnDone);
  if (status != 0) return status;
  static_cast<void>(request.release());
  Ref();
  transport_.SetNoDelay(true);
  return 0;
}

int TlsStream::ConnectPipe(const std::string& path) {
  const int status = Start(TransportKind::kPipe);
  if (status != 0) return status;
  auto* request = new ConnectRequest();
  request->request.data = request;
  request->stream = this;
  Ref();
  uv_pipe_connect(&request->request, transport_.pipe(), path.c_str(), ConnectRequest::OnDone);
  return 0;
}

void TlsStream::OnConnect(int status) {
  if (transport_.open()) environment().Emit(this, Event::kConnect, status);
}

void TlsStream::Attach(std::shared_ptr<ossl::Connection> connection) {
  using ossl::Misuse;
  if (connection_)
    throw Misuse{Misuse::Kind::kError, "ERR_STREAM_ATTACHED",
                 "The stream has a TLS session already"};
  SSL* const ssl = connection->ssl();
  wire_.lend = Lend;
  wire_.owner = this;
  bio_ = NewWireBio(&wire_);
  // One for each direction, one of our own: whoever holds the SSL longer must find a cut wire, not
  // a dangling one.
  BIO_up_ref(bio_.get());
  BIO_up_ref(bio_.get());
  SSL_set0_rbio(ssl, bio_.get());
  SSL_set0_wbio(ssl, bio_.get());
  SSL_set_mode(ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_up_ref(ssl);
  ssl_.reset(ssl);
  connection_ = std::move(connection);
}

void TlsStream::Free() {
  free_wanted_ = true;
  FreeIfWanted();
}

/// A pool thread that has the SSL, or a handle that is still open, comes first.
void TlsStream::FreeIfWanted() {
  if (!free_wanted_ || job_ != nullptr || transport_.open() || !connection_ || calling()) return;
  connection_->Free();
  ssl_.reset();
}

void TlsStream::Advance() {
  wire_.in_ended = ended_;
  if (phase_ == Phase::kHandshake && FollowsSteps()) {
    // The step runs inside the call that JavaScript makes then.
    environment().Emit(this, Event::kHandshake);
  } else if (phase_ == Phase::kHandshake) {
    if (Step(on_pool_) != -SSL_ERROR_WANT_READ) environment().Emit(this, Event::kHandshake);
  } else if (armed_) {
    armed_ = false;
    environment().Emit(this, Event::kReadable);
  } else if (Deserted()) {
    environment().Emit(this, Event::kHandshake);
  }
}

/// Reading is what moves a renegotiation on. Once it is over, what was refused meanwhile can go.
void TlsStream::Reoffer() {
  if (SSL_in_init(ssl())) return;
  refused_ = false;
  if (plain_ != nullptr) environment().EndTurnLater(this);
  WakeSoon();
}

/// What is there already is told in the next turn.
void TlsStream::LookAgain() {
  look_again_ = true;
  WakeSoon();
}

void TlsStream::WakeSoon() {
  if (!std::exchange(waking_, true)) environment().WakeNextTurn(this);
}

void TlsStream::Wake() {
  waking_ = false;
  if (transport_.open() && std::exchange(drain_wanted_, false))
    environment().Emit(this, Event::kDrain);
  if (!std::exchange(look_again_, false) || !transport_.open() || !armed_) return;
  armed_ = false;
  environment().Emit(this, Event::kReadable);
}

int TlsStream::CloseNotify() {
  CheckUsable();
  if (!EncryptGathered()) return -SSL_ERROR_WANT_READ;
  ForgetOldErrors();
  connection_->FinishAnswer();
  const int result = SSL_shutdown(ssl());
  if (result >= 0) return result;
  const int error = SSL_get_error(ssl(), result);
  if (error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL) Fail("SSL_shutdown", error);
  return -error;
}

int TlsStream::Detach(Bytes* rest, Bytes* unsent) {
  if (job_ != nullptr || calling()) return UV_EBUSY;
  if (!transport_.open()) return UV_EBADF;
  const int copy = ::fcntl(transport_.Descriptor(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return -errno;
  EndTurn();
  StopReading();
  if (wire_.in_size > 0) rest->Append(wire_.in, wire_.in_size);
  TakeUnsent(unsent);
  wire_.in_size = 0;
  wire_.in_ended = true;
  Close();
  return copy;
}

void TlsStream::Reset() {
  DropOutput();
  if (transport_.open()) transport_.Linger();
  Close();
}

void TlsStream::Close() {
  if (!transport_.open()) return;
  // A fatal alert or the last record: one try, and whoever wants more drains first.
  if (job_ == nullptr) EndTurn();
  StopReading();
  armed_ = false;
  environment().CountStream(-1);
  transport_.Close([](uv_handle_t* handle) {
    TlsStream* self = Self(handle);
    self->DropOutput();
    self->FreeIfWanted();
    self->environment().Closed(self);
  });
  FreeIfWanted();
}

void TlsStream::CheckUsable() const {
  if (!connection_)
    throw ossl::Misuse{ossl::Misuse::Kind::kError, "ERR_STREAM_NOT_ATTACHED",
                       "The stream has no TLS session"};
  if (failure_) throw *failure_;
  if (calling())
    throw ossl::Misuse{ossl::Misuse::Kind::kError, "ERR_SSL_BUSY",
                       "This stream waits for a callback in JavaScript"};
  if (!ssl_)
    throw ossl::Misuse{ossl::Misuse::Kind::kError, "ERR_STREAM_FREED",
                       "The TLS session of this stream has been freed"};
}

void TlsStream::Remember(const char* operation, int ssl_error) {
  if (failure_) return;
  failure_ = std::make_unique<ossl::Failure>(connection_->Failed(operation, ssl_error));
}

void TlsStream::Fail(const char* operation, int ssl_error) {
  Remember(operation, ssl_error);
  throw *failure_;
}

}  // namespace sslkit::stream
