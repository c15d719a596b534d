#pragma once
// One SSL object. Plain C++, so that it can be driven from a libuv stream and from a pool thread;
// one user at a time.

#include <openssl/ssl.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "context.h"
#include "failure.h"
#include "hello_question.h"
#include "memory_bio.h"
#include "messages.h"
#include "ptr.h"
#include "warm.h"

namespace sslkit::ossl {

struct CurrentCipher {
  std::string name, protocol;
  int secret_bits = 0;
};

/// A count (>= 0) or a negative SSL_get_error(3).
using IoResult = long long;

/// What a peer has shown and proven.
struct ProvenPeer {
  X509Ptr certificate;
  std::vector<std::string> chain, verified_chain;
};

class Connection {
 public:
  Connection(std::shared_ptr<Context> context, bool server);
  ~Connection() { Free(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Throws Misuse when the object was freed.
  SSL* ssl() const;
  bool server() const { return server_; }
  const std::shared_ptr<Context>& context() const { return context_; }

  /// Set by whoever drives the object from elsewhere (a stream, a pool thread), and while OpenSSL
  /// waits for a callback in JavaScript; JavaScript calls are refused meanwhile.
  std::atomic<bool> busy{false};

  /// Gives the SSL and its buffers back: now, or when the callback and the call that it interrupts
  /// are over. Later calls throw.
  void Free();

  /// Whether a handshake step may have to call JavaScript, which OpenSSL cannot wait for: then it
  /// must run on JavaScript's thread. Never changes while a step is under way.
  bool calls_javascript() const { return calls_javascript_; }
  /// Whether there are messages to be told after each step. Changes as calls_javascript() does.
  bool reports_messages() const { return messages_ != nullptr; }
  Messages& messages() { return *messages_; }
  /// OpenSSL is waiting for a callback in JavaScript just now.
  bool calling() const { return calling_; }
  /// The context that the connection is under: its own, or the one that an answer chose.
  const std::shared_ptr<Context>& current_context() const;
  /// Calls back from inside OpenSSL; 0, "no such key", when there is no callback any more.
  template <class Callback, class Call>
  unsigned Ask(std::shared_ptr<const Callback> callback, Call call) {
    if (callback == nullptr) return 0;
    const Calling marked(*this);
    PskAnswer answer = call(*callback);
    thrown_ = std::move(answer.thrown);
    return free_wanted_ ? PskAnswer::kFailed : answer.length;
  }
  std::shared_ptr<void> TakeThrown() { return std::exchange(thrown_, nullptr); }
  /// TakeFailure(), with what a callback threw.
  Failure Failed(const char* operation, int ssl_error);
  /// Lives through a call of OpenSSL's, and carries out what a callback below it wanted.
  struct Called {
    Connection& connection;
    ~Called() {
      if (connection.free_wanted_ && !connection.calling_) connection.Free();
    }
  };

  /// Records have passed: keeps the buffers for the next ones, as far as Warm allows.
  void KeepWarm() {
    if (!warm_ && ssl_) warm_.emplace(ssl_.get());
    if (warm_) warm_->Touch();
  }

  void SetBio(const MemoryBio& incoming, const MemoryBio& outgoing);
  /// The name that a client sends, RFC 6066 section 3.
  void SetServerName(const std::string& name);
  /// The name that the peer's certificate must have.
  void SetHost(const std::string& name);
  void SetIp(const std::string& ip);

  /// What JavaScript is or was asked about this connection's ClientHello; null: nothing.
  const HelloQuestion* hello() const { return hello_.get(); }
  bool AwaitsAnswer() const { return hello_ != nullptr && !hello_->answered; }
  void Ask(std::optional<std::string> server_name);
  /// The next DoHandshake goes on. Only the first answer counts.
  void Answer(int alert, std::shared_ptr<Context> context, std::string session_id_context);

  IoResult DoHandshake();
  IoResult Read(void* buffer, size_t size);
  IoResult Write(const void* data, size_t size);
  IoResult Shutdown();
  /// A client answers requests for its certificate (RFC 8446 section 4.6.2) inside of a call that
  /// reads or writes, each with a signature, and a server may send thousands at once. From the
  /// first time that this is called each call of it allows one answer; the next request waits as
  /// SSL_ERROR_WANT_X509_LOOKUP.
  void AllowAnswer();
  /// Gives the one answer that waits, which would keep this side from closing.
  void FinishAnswer();
  /// Marks that the client is to be asked for its certificate; the next handshake, read or write
  /// asks. Throws Failure, and leaves the connection as it was, when it cannot be asked now.
  void VerifyClientPostHandshake();
  /// The handshake is done, whatever has been asked for since.
  bool Established() const;
  /// Reads across records until `size` is full or nothing more is there. A failure behind data is
  /// kept for the next read.
  IoResult ReadMany(void* buffer, size_t size);

  std::optional<CurrentCipher> Cipher() const;
  /// Null when the other side's list is not known.
  std::optional<std::vector<CurrentCipher>> SharedCiphers() const;
  /// The peer's certificate and chains: while it is being asked again, and when that has failed,
  /// those that it had proven before. A certificate that came without its proof is nobody's.
  X509Ptr PeerCertificate() const;
  /// The one that was chosen for this connection, once the handshake has chosen.
  X509Ptr OwnCertificate() const;
  /// After a failed verification what was refused.
  std::vector<std::string> PeerChain() const;
  std::vector<std::string> VerifiedChain() const;
  std::string ExportKeyingMaterial(size_t length, const std::string& label,
                                   const std::string* context) const;

  /// SSL_CTX_set_cert_verify_callback(3): the default verification, which also keeps what the peer
  /// sent.
  static int VerifyCertificate(X509_STORE_CTX* store_ctx, void*);
  /// SSL_set_cert_cb(3) of a client: whether it answers now.
  static int OnRequested(SSL* ssl, void*);
  /// The object behind an SSL; null for foreign ones.
  static Connection* Of(const SSL* ssl);

 private:
  struct Calling {
    explicit Calling(Connection& of) : connection(of) { Set(true); }
    ~Calling() { Set(false); }
    void Set(bool on) const {
      connection.calling_ = on;
      connection.busy.store(on, std::memory_order_release);
    }
    Connection& connection;
  };

  template <class Call>
  IoResult Run(const char* operation, Call call);
  void Capture(X509_STORE_CTX* store_ctx);
  bool ProvesAgain() const;

  std::shared_ptr<Context> context_;
  SslPtr ssl_;
  std::optional<Warm> warm_;
  bool server_;
  std::vector<X509Ptr> sent_by_peer_;
  /// From before the last VerifyClientPostHandshake().
  std::optional<ProvenPeer> before_;
  std::optional<Failure> deferred_;
  /// Stays when the SSL is freed: a stream may hold that longer.
  std::unique_ptr<HelloQuestion> hello_;
  std::unique_ptr<Messages> messages_;
  std::shared_ptr<void> thrown_;
  bool calls_javascript_;
  bool bounds_answers_ = false;
  bool answer_allowed_ = false;
  bool answer_waits_ = false;
  bool calling_ = false;
  bool free_wanted_ = false;
};

}  // namespace sslkit::ossl
