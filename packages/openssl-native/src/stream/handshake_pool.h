#pragma once
// Threads that run the public-key work of handshakes, so that the event loop does not stand still
// for it.
//
// Theory of operation. An SSL belongs to one thread at a time. While a job is under way its owner
// touches neither the SSL nor the job's wire; everything the step needs (the ciphertext that has
// arrived, a buffer for what is to be sent) is moved into the job and moved back when it is done.
// So there is no lock around an SSL, at most one job per connection, and the order of its flights
// is kept by construction. What several SSLs share (SSL_CTX, X509_STORE, session cache) is locked
// by OpenSSL, except for replacing a context's parts: see Pause. No napi function and no
// JavaScript runs here.
//
// Threads start with the first job and end when the last environment that used them has gone, or at
// exit: an atexit handler joins them before OpenSSL's own clean-up, so that a process may exit in
// the middle of a handshake.
//
// Bounds. A connection has one job, a listener bounds its connections in handshake, so the queue is
// bounded by both; and records of established connections are never handled here, so they are not
// queued behind handshakes.

#include <openssl/err.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "../ossl/failure.h"
#include "../ossl/ptr.h"
#include "buffers.h"
#include "wire_bio.h"

namespace sslkit::stream {

/// The outcome of one SSL_do_handshake(3).
struct HandshakeOutcome {
  /// SSL_get_error(3): SSL_ERROR_NONE when the handshake is complete.
  int ssl_error = 0;
  /// The drained queue, when ssl_error is SSL_ERROR_SSL or SSL_ERROR_SYSCALL.
  std::vector<ossl::ErrorRecord> errors;
};

/// SSL_get_error(3) looks at the thread's error queue, so that must be empty before each call.
/// Looking is much cheaper than clearing.
inline void ForgetOldErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

/// One step, on whatever thread.
HandshakeOutcome StepHandshake(SSL* ssl);

struct HandshakeJob {
  SSL* ssl = nullptr;
  Wire* wire = nullptr;
  Bytes in;
  Bytes out;
  HandshakeOutcome outcome;
  /// Called on the owner's loop thread when the step is done.
  void (*done)(HandshakeJob* job) = nullptr;
  /// Keeps the SSL and the wire until then.
  void* owner = nullptr;
};

class HandshakePool {
 public:
  /// An environment's side: where finished jobs wait until its loop takes them.
  class Client {
   public:
    /// Called on a pool thread, with the pool's lock held: wakes the loop, no more.
    virtual void JobsAreDone() = 0;

   protected:
    virtual ~Client() = default;

   private:
    friend class HandshakePool;
    std::vector<HandshakeJob*> done_;
  };

  static HandshakePool& Instance();
  /// min(cores, 4), or SSLKIT_HANDSHAKE_THREADS; 0: handshakes stay on the loop.
  static unsigned ConfiguredThreads();

  void Join(Client* client);
  /// All jobs of the client must have come back.
  void Leave(Client* client);
  void Submit(Client* client, HandshakeJob* job);
  std::vector<HandshakeJob*> TakeDone(Client* client);
  /// Joins the threads; jobs that have not begun are not run.
  void Stop();

  /// While one lives no step runs; its construction waits for those that do, a few milliseconds at
  /// most. For replacing what handshakes read from an SSL_CTX without a lock: the list of ciphers,
  /// the names of authorities, the store and its folders, the mode of the session cache, and, as
  /// they may be switched to another one (see ossl/hello_question.h), what SSL_set_SSL_CTX(3)
  /// reads: certificate and key, Diffie-Hellman parameters, signature algorithms, security level,
  /// session ID context. What SSL_new(3) copies, groups too, needs none.
  /// test/scripts/stream_race.mjs changes all of it; see scripts/tsan.mjs.
  class Pause {
   public:
    /// Not needed: does nothing.
    explicit Pause(bool needed);
    ~Pause();
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    bool needed_;
  };

 private:
  struct Entry {
    Client* client;
    HandshakeJob* job;
  };

  void Run(unsigned generation);
  void StartThreads();

  std::mutex lock_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::deque<Entry> queue_;
  std::vector<std::thread> threads_;
  unsigned clients_ = 0;
  unsigned running_ = 0;
  unsigned paused_ = 0;
  /// Threads of an older generation end.
  unsigned generation_ = 0;
};

}  // namespace sslkit::stream
