// How a TlsStream gets through its handshake: which steps run on the loop, which on a pool thread,
// and what becomes of their outcome. See the end of the theory of operation in tls_stream.h.

#include <utility>

#include "client_hello.h"
#include "tls_stream.h"

namespace sslkit::stream {

namespace {

/// Whether certificates and signatures may come. Without them, what is left of a handshake is
/// cheaper than the way to another thread and back.
bool HeavyStepAhead(SSL* ssl) {
  if (SSL_session_reused(ssl) != 0) return false;
  if (SSL_get_finished(ssl, nullptr, 0) == 0) return true;
  return SSL_is_server(ssl) != 0 && SSL_get_verify_mode(ssl) != SSL_VERIFY_NONE;
}

}  // namespace

int TlsStream::Handshake(bool on_pool) {
  CheckUsable();
  if (phase_ == Phase::kEstablished) return 1;
  if (phase_ == Phase::kSettled && (handshake_result_ <= kUvError || connection_->AwaitsAnswer()))
    return Deserted() ? Desertion() : handshake_result_;
  on_pool_ = on_pool;
  phase_ = Phase::kHandshake;
  StartReading();
  if (job_ != nullptr) return -SSL_ERROR_WANT_READ;
  wire_.in_ended = ended_;
  const int result = Step(on_pool);
  // A callback may have closed and freed this.
  FreeIfWanted();
  CheckUsable();
  return Deserted() ? Desertion() : result;
}

/// Whoever has left before a question about him was answered needs no answer: without his Finished
/// there is no handshake.
bool TlsStream::Deserted() const {
  return phase_ == Phase::kSettled && connection_->AwaitsAnswer() && (ended_ || read_error_ != 0);
}

int TlsStream::Desertion() const {
  return read_error_ != 0 ? UvError(read_error_) : -SSL_ERROR_ZERO_RETURN;
}

/// Runs a step here, or sends it to the pool, which looks like waiting for the peer. The way to
/// another thread pays when there are other connections, which need not wait then.
int TlsStream::Step(bool on_pool) {
  if (on_pool && !Runnable() && SSL_is_server(ssl()) != 0) return -SSL_ERROR_WANT_READ;
  const bool input = wire_.in_size > 0 || Answered();
  if (!on_pool || connection_->calls_javascript() || environment().streams() < 2 || !input ||
      !HeavyStepAhead(ssl()) || AsksFirst()) {
    Settle(StepHandshake(ssl()));
    return handshake_result_;
  }
  if (!SeemsResumed()) {
    SubmitStep();
    return -SSL_ERROR_WANT_READ;
  }
  const OSSL_HANDSHAKE_STATE before = SSL_get_state(ssl());
  Settle(StepHandshake(ssl()));
  const bool answered = SSL_get_state(ssl()) != before;
  if (answered && SSL_session_reused(ssl()) == 0) resumption_trust().Disappoint();
  return handshake_result_;
}

/// The ClientHello is read on the way to JavaScript, and no more is done with it: too little for a
/// thread. Its bytes are gone when the answer is there.
bool TlsStream::AsksFirst() {
  if (!connection_->context()->asks_about_hellos() || connection_->hello() != nullptr ||
      !connection_->server())
    return false;
  offers_session_ = OffersSession(wire_.in, wire_.in_size);
  return true;
}

/// A session was offered, and the offers of late were good.
bool TlsStream::SeemsResumed() {
  // Null when a peer speaks before our ClientHello.
  const SSL_SESSION* const session = SSL_get0_session(ssl());
  const bool offered = SSL_is_server(ssl()) != 0
                           ? (Answered() ? offers_session_ : OffersSession(wire_.in, wire_.in_size))
                           : session != nullptr && SSL_SESSION_is_resumable(session) == 1;
  return offered && resumption_trust().Believe();
}

ResumptionTrust& TlsStream::resumption_trust() {
  return environment().resumption_trust(SSL_is_server(ssl()) != 0);
}

void TlsStream::Settle(HandshakeOutcome outcome) {
  phase_ = Phase::kSettled;
  switch (outcome.ssl_error) {
    case SSL_ERROR_NONE:
      phase_ = Phase::kEstablished;
      handshake_result_ = 1;
      return;
    case SSL_ERROR_WANT_READ:
      if (read_error_ != 0 && wire_.in_size == 0) {
        handshake_result_ = UvError(read_error_);
        return;
      }
      phase_ = Phase::kHandshake;
      handshake_result_ = -SSL_ERROR_WANT_READ;
      return;
    case SSL_ERROR_SSL:
    case SSL_ERROR_SYSCALL:
      failure_ = std::make_unique<ossl::Failure>(
          ossl::Failure{"SSL_do_handshake", outcome.ssl_error, std::move(outcome.errors)});
      failure_->thrown = connection_->TakeThrown();
      handshake_result_ = 0;
      return;
    default:
      // Something for JavaScript to look into; it calls Handshake again.
      handshake_result_ = -outcome.ssl_error;
  }
}

void TlsStream::SubmitStep() {
  auto job = std::make_unique<HandshakeJob>();
  job->ssl = ssl();
  job->wire = &wire_;
  if (wire_.in_size > 0) job->in.Append(wire_.in, wire_.in_size);
  job->owner = this;
  job->done = [](HandshakeJob* done) { static_cast<TlsStream*>(done->owner)->OnStepDone(done); };
  in_place_ = false;
  held_.Release();
  connection_->busy.store(true, std::memory_order_release);
  Ref();
  job_ = std::move(job);
  environment().Submit(job_.get());
}

void TlsStream::OnStepDone(HandshakeJob*) {
  const std::unique_ptr<HandshakeJob> job = std::move(job_);
  const size_t left = wire_.in_size;
  {
    const Turn turn(environment());
    connection_->busy.store(false, std::memory_order_release);
    wire_.lend = Lend;
    wire_.owner = this;
    // What the step left lies before what arrived meanwhile.
    Bytes arrived = std::move(held_);
    held_ = Bytes();
    if (left > 0) held_.Append(wire_.in, left);
    if (!arrived.empty()) held_.Append(arrived.data(), arrived.size());
    wire_.SetWindow(held_);
    wire_.in_ended = ended_;
    if (!job->out.empty()) Lend(this)->Append(job->out.data(), job->out.size());
    Settle(std::move(job->outcome));
    if (transport_.open()) {
      const bool again = phase_ == Phase::kHandshake;
      if (!again || FollowsSteps() || (Runnable() && Step(on_pool_) != -SSL_ERROR_WANT_READ))
        environment().Emit(this, Event::kHandshake);
    }
    if (job_ == nullptr) KeepRest();
    if (phase_ == Phase::kHandshake && held_.size() < kHeldBytes) StartReading();
    FreeIfWanted();
  }
  Unref();
}

}  // namespace sslkit::stream
