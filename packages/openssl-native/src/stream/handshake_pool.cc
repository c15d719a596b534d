#include "handshake_pool.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "../ossl/error_queue.h"

namespace sslkit::stream {

namespace {

constexpr unsigned kMaxThreads = 64;

Bytes* LendJobOutput(void* owner) {
  return &static_cast<HandshakeJob*>(owner)->out;
}

void RunJob(HandshakeJob* job) {
  job->wire->SetWindow(job->in);
  job->wire->lend = LendJobOutput;
  job->wire->owner = job;
  job->outcome = StepHandshake(job->ssl);
}

/// Signals are the main thread's business: a handler must not run here.
class BlockSignals {
 public:
  BlockSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

}  // namespace

HandshakeOutcome StepHandshake(SSL* ssl) {
  HandshakeOutcome outcome;
  ForgetOldErrors();
  const int result = SSL_do_handshake(ssl);
  outcome.ssl_error = SSL_get_error(ssl, result);
  if (outcome.ssl_error == SSL_ERROR_SSL || outcome.ssl_error == SSL_ERROR_SYSCALL)
    outcome.errors = ossl::DrainErrors();
  return outcome;
}

HandshakePool& HandshakePool::Instance() {
  // Never destroyed: a thread may still be inside it when static objects are.
  static auto* const pool = [] {
    auto* made = new HandshakePool();
    std::atexit([] { Instance().Stop(); });
    return made;
  }();
  return *pool;
}

unsigned HandshakePool::ConfiguredThreads() {
  static const unsigned threads = [] {
    if (const char* text = std::getenv("SSLKIT_HANDSHAKE_THREADS");
        text != nullptr && *text != '\0') {
      const long wanted = std::strtol(text, nullptr, 10);
      return static_cast<unsigned>(std::clamp(wanted, 0L, static_cast<long>(kMaxThreads)));
    }
    return std::clamp(std::thread::hardware_concurrency(), 1U, 4U);
  }();
  return threads;
}

void HandshakePool::Join(Client*) {
  const std::lock_guard<std::mutex> hold(lock_);
  ++clients_;
}

void HandshakePool::Leave(Client*) {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    if (--clients_ > 0) return;
  }
  Stop();
  // Another environment may have come in between, and found the threads that are no more.
  const std::lock_guard<std::mutex> hold(lock_);
  if (!queue_.empty() && threads_.empty()) StartThreads();
}

void HandshakePool::Submit(Client* client, HandshakeJob* job) {
  {
    const std::lock_guard<std::mutex> hold(lock_);
    if (threads_.empty()) StartThreads();
    queue_.push_back({client, job});
  }
  work_.notify_one();
}

std::vector<HandshakeJob*> HandshakePool::TakeDone(Client* client) {
  const std::lock_guard<std::mutex> hold(lock_);
  return std::exchange(client->done_, {});
}

void HandshakePool::Stop() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard<std::mutex> hold(lock_);
    ++generation_;
    threads.swap(threads_);
  }
  work_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

HandshakePool::Pause::Pause(bool needed) : needed_(needed) {
  if (!needed_) return;
  HandshakePool& pool = Instance();
  std::unique_lock<std::mutex> hold(pool.lock_);
  ++pool.paused_;
  pool.idle_.wait(hold, [&pool] { return pool.running_ == 0; });
}

HandshakePool::Pause::~Pause() {
  if (!needed_) return;
  HandshakePool& pool = Instance();
  {
    const std::lock_guard<std::mutex> hold(pool.lock_);
    --pool.paused_;
  }
  pool.work_.notify_all();
}

void HandshakePool::StartThreads() {
  const BlockSignals blocked;
  for (unsigned i = std::max(1U, ConfiguredThreads()); i > 0; --i)
    threads_.emplace_back(&HandshakePool::Run, this, generation_);
}

void HandshakePool::Run(unsigned generation) {
#if defined(__linux__)
  pthread_setname_np(pthread_self(), "sslkit-tls");
#endif
  std::unique_lock<std::mutex> hold(lock_);
  for (;;) {
    const auto stopped = [&] { return generation_ != generation; };
    work_.wait(hold, [&] { return stopped() || (!queue_.empty() && paused_ == 0); });
    if (stopped()) return;
    const Entry entry = queue_.front();
    queue_.pop_front();
    ++running_;
    hold.unlock();
    RunJob(entry.job);
    hold.lock();
    if (--running_ == 0) idle_.notify_all();
    entry.client->done_.push_back(entry.job);
    if (entry.client->done_.size() == 1) entry.client->JobsAreDone();
  }
}

}  // namespace sslkit::stream
