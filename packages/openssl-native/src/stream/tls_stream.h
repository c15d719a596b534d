#pragma once
// TLS over a libuv stream that this object owns.
//
// Theory of operation.
//
// In. libuv reads into the one buffer of the environment. The wire BIO is a window over those very
// bytes, so OpenSSL takes them without a copy in between. Then JavaScript is told, once per read,
// and calls Read() as often as it likes: every call decrypts all the records that fit into the
// caller's own memory. What nobody took until the callback returned is copied into `held_`; when
// that reaches its bound, reading stops until JavaScript has caught up. So a peer can make this
// object grow by one bound, and an idle connection holds no buffer at all.
//
// Out. The first write of a turn leaves at once. Further small ones of the same turn collect in
// `plain_` and become one record, records collect in `out_` and become one write(2) at the end of
// the turn (see environment.h). What the kernel does not take is handed to uv_write, one request at
// a time; while it is under way, output collects in the next `out_`. Write() takes no more than the
// bound; the caller waits for kDrain and goes on. Reading makes output too, as a client is asked
// for its certificate after the handshake: a peer that does not take the answers is not read from,
// see Clogged(). A writer that the kernel never slows down must wait a turn now and then, or other
// connections would starve.
//
// Results are pulled, not pushed: an event says "look again", and the call that JavaScript then
// makes returns a count, a Want, or kUvError - errno, or throws the failure. The first fatal
// failure sticks: every later call throws the same.
//
// A handshake runs on the loop, or in steps on a pool thread (handshake_pool.h); one that resumes a
// session stays on the loop, as it has no signatures and certificates. While a step on a thread is
// under way `job_` is set, the SSL and `wire_` belong to the pool, what arrives goes to `held_`,
// and the connection is marked busy, so that the JavaScript object over the same SSL refuses.
// Closing meanwhile is fine: the job keeps this object, and that the SSL.
//
// A handshake that OpenSSL interrupts for a callback in JavaScript (ossl/psk.h) is stepped on the
// loop, inside the calls of Handshake() alone. The callback may close this; it may not touch the
// SSL.
//
// A handshake that must ask JavaScript (ossl/hello_question.h) settles with that as its result and
// waits, reading on up to the bound, until Handshake() is called with the answer there. Reading on
// is what finds a peer that leaves meanwhile: kHandshake tells.

#include <memory>

#include "../ossl/connection.h"
#include "../ossl/failure.h"
#include "buffers.h"
#include "environment.h"
#include "handshake_pool.h"
#include "transport.h"
#include "wire_bio.h"

namespace sslkit::stream {

class TlsStream final : public Shared {
 public:
  /// Values up to here are kUvError - errno, that is kUvError plus libuv's negative number.
  static constexpr int kUvError = -1000;
  static constexpr size_t kFirstBytes = 32;

  explicit TlsStream(Environment* environment) : Shared(environment) {}

  // Transport: 0 or libuv's negative number.
  int OpenDescriptor(int fd, TransportKind kind);
  int ConnectTcp(const sockaddr_storage& address, const sockaddr_storage* local);
  int ConnectPipe(const std::string& path);
  int AcceptFrom(uv_stream_t* server, TransportKind kind);
  Transport& transport() { return transport_; }
  const Transport& transport() const { return transport_; }

  /// TLS runs over this connection from now on. Once only.
  void Attach(std::shared_ptr<ossl::Connection> connection);
  /// What Attach() was given; null before.
  const std::shared_ptr<ossl::Connection>& connection() const { return connection_; }
  /// Gives the TLS session back, at once or when its last step and the handle are over. I/O is
  /// over.
  void Free();
  /// Bytes that were read before the descriptor was handed over.
  void Unshift(const void* data, size_t size);

  /// 1 when complete; a Want; or kUvError - errno. Starts the handshake or tells how far it is.
  /// ZERO_RETURN: the peer has ended the connection before JavaScript's answer was there.
  int Handshake(bool on_pool);
  /// Count; a Want; or kUvError - errno. After fewer bytes than asked for, and after READ,
  /// kReadable will come.
  long Read(uint8_t* target, size_t size);
  /// Count taken (fewer than given: kDrain will come); or kUvError - errno.
  long Write(const uint8_t* data, size_t size);
  /// 1 when all that was written is with the kernel; 0: kDrain will come; or kUvError - errno.
  int Drain();
  /// SSL_shutdown(3): 1, 0 or a Want.
  int CloseNotify();
  /// Ends our side of the transport after what was written; kShutdown will come.
  int ShutdownTransport();
  /// Asks for kReadable when bytes or the end arrive; for a driver that calls the SSL itself.
  void Await();
  /// Ciphertext that is there and was not decrypted.
  size_t Buffered() const;
  /// Lets the connection go: a duplicate of the descriptor, the caller's from now on. `rest` takes
  /// the bytes that TLS left unread, `unsent` the records that the kernel has not taken.
  int Detach(Bytes* rest, Bytes* unsent);
  /// Nothing more will be received or sent: the descriptor's other owner has closed it.
  void EndInput();
  /// Takes what has arrived out of the kernel, beyond the bound, for Read(): the connection fails
  /// in sending and is about to be closed, but what the peer said before comes first.
  void TakeArrived();
  /// Takes what has arrived out of the kernel and drops it: a connection that is closed with unread
  /// bytes in it is reset, and a reset destroys what was sent and has not arrived yet (RFC 1122
  /// section 4.2.2.13). For the moment before Close(). True when the peer seems to go on sending:
  /// there was more than a last alert, and no end.
  bool DropInput();
  /// Closes with a reset (RST) instead of an orderly end.
  void Reset();
  void Close() override;

  bool busy() const { return job_ != nullptr; }
  /// What the peer said first, for hints when it was not TLS.
  const uint8_t* first_bytes() const { return first_bytes_; }
  size_t first_size() const { return first_size_; }

  void EndTurn() override;
  void Wake() override;

 private:
  /// Ciphertext that waits for JavaScript; reading stops there.
  static constexpr size_t kHeldBytes = 64 * 1024;

  struct WriteRequest;
  struct ConnectRequest;
  enum class Phase : uint8_t { kIdle, kHandshake, kSettled, kEstablished };

  ~TlsStream() override;

  int Start(TransportKind kind);
  void OnConnect(int status);
  void StartReading();
  void StopReading();
  void OnRead(ssize_t count, const char* data);
  void TakeIn(const char* data, size_t size);
  void Advance();
  void KeepRest();
  void SyncHeld();

  int Step(bool on_pool);
  void Settle(HandshakeOutcome outcome);
  bool Runnable() const { return wire_.in_size > 0 || ended_ || read_error_ != 0 || Answered(); }
  bool AsksFirst();
  bool Deserted() const;
  int Desertion() const;
  /// JavaScript has to do with every step of the handshake.
  bool FollowsSteps() const {
    return connection_->calls_javascript() || connection_->reports_messages();
  }
  /// The last step stopped for a question that has been answered since.
  bool Answered() const { return handshake_result_ == -SSL_ERROR_WANT_CLIENT_HELLO_CB; }
  bool SeemsResumed();
  ResumptionTrust& resumption_trust();
  void SubmitStep();
  void OnStepDone(HandshakeJob* job);

  bool MayHaveMore() const;
  void CheckUsable() const;
  void FreeIfWanted();
  /// Below us OpenSSL waits for a callback in JavaScript, which must not touch the SSL.
  bool calling() const { return connection_ != nullptr && connection_->calling(); }
  SSL* ssl() const { return ssl_.get(); }
  [[noreturn]] void Fail(const char* operation, int ssl_error);
  void Remember(const char* operation, int ssl_error);
  int UvError(int error) const { return kUvError + error; }

  static Bytes* Lend(void* self);
  void NoteTurn();
  bool HasRoom();
  size_t Queued() const;
  bool Clogged();
  void Unclog();
  void Gather(const uint8_t* data, size_t size);
  bool EncryptGathered();
  bool Encrypt(const uint8_t* data, size_t size, size_t* written);
  void Flush();
  void Queue(BytesPtr rest);
  void OnWritten(int status);
  void TakeUnsent(Bytes* unsent);
  void Reoffer();
  void LookAgain();
  void WakeSoon();
  void DropOutput();

  Transport transport_;
  std::shared_ptr<ossl::Connection> connection_;
  ossl::SslPtr ssl_;  // a reference of our own: the connection may be freed from JavaScript
  ossl::BioPtr bio_;
  Wire wire_;
  Bytes held_;
  BytesPtr plain_;
  BytesPtr out_;
  std::unique_ptr<HandshakeJob> job_;
  std::unique_ptr<ossl::Failure> failure_;
  uint8_t first_bytes_[kFirstBytes];
  uint8_t first_size_ = 0;
  const Bytes* in_flight_bytes_ = nullptr;  // owned by the request under way
  size_t in_flight_ = 0;
  size_t sent_in_turn_ = 0;
  uint32_t turn_ = 0;
  bool wrote_in_turn_ = false;
  int read_error_ = 0;
  int write_error_ = 0;
  int handshake_result_ = 0;
  Phase phase_ = Phase::kIdle;
  bool in_place_ = false;
  bool reading_ = false;
  bool ended_ = false;
  bool armed_ = false;
  bool drain_wanted_ = false;
  bool waking_ = false;
  bool look_again_ = false;
  /// Read() waits until the peer has taken what it was answered.
  bool clogged_ = false;
  /// OpenSSL took no data, because the peer has begun another handshake (TLS 1.2 renegotiation).
  bool refused_ = false;
  bool on_pool_ = false;
  /// What a ClientHello asked for that JavaScript is asked about.
  bool offers_session_ = false;
  bool free_wanted_ = false;
};

}  // namespace sslkit::stream
