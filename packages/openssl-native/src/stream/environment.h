#pragma once
// What all native connections of one JavaScript environment (the main thread or a worker) share:
// the loop, one read buffer, warm output buffers, the way into JavaScript, and the orderly end.
//
// Events. There is one JavaScript function for the whole environment. It is called as
// `dispatch.call(object, event, value)` with small integers, through napi_make_callback, so that
// process.nextTick and promise jobs run before it returns. Errors never travel with an event: the
// object remembers its failure, and the call that JavaScript makes next throws it.
//
// Turns. What JavaScript writes during one turn is gathered. The turn of an event ends when its
// callback returned; a write outside of an event is picked up by an idle handle, which the loop
// runs before it would block. An idle handle and not a prepare handle, because it also keeps the
// loop from blocking when a connection waits for its next turn (see TlsStream).
//
// The end. napi_add_async_cleanup_hook lets the loop turn until every handle is closed and every
// handshake that a pool thread runs has come back; then the hook is removed and the environment may
// go. Nothing calls JavaScript from there on.

#include <node_api.h>
#include <uv.h>

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "buffers.h"
#include "handshake_pool.h"
#include "resumption_trust.h"

namespace sslkit::stream {

/// What happened, as JavaScript sees it; the numbers are those of `StreamEvent` in
/// lib/types/stream.ts.
enum class Event : int32_t {
  kConnect = 0,
  kHandshake = 1,
  kReadable = 2,
  kDrain = 3,
  kShutdown = 4,
  kClose = 5,
  kConnection = 6,
};

class Environment;

/// A C++ object behind a JavaScript object. Counted by hand on the loop's thread: the JavaScript
/// object holds one count, an open handle one, a request under way one. The JavaScript object is
/// kept alive while a handle is open.
class Shared {
 public:
  explicit Shared(Environment* environment) : environment_(environment) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void Ref() { ++count_; }
  void Unref() {
    if (--count_ == 0) delete this;
  }

  Environment& environment() const { return *environment_; }
  napi_ref self() const { return self_; }
  void set_self(napi_ref self) { self_ = self; }
  /// Starts closing the handle if it is open; safe to call at any time, more than once.
  virtual void Close() = 0;
  /// The end of a turn: sends what was gathered. Must not call JavaScript.
  virtual void EndTurn() {}
  /// The turn that was asked for with Environment::WakeNextTurn has come.
  virtual void Wake() {}

 protected:
  virtual ~Shared() = default;

 private:
  friend class Environment;
  Environment* environment_;
  napi_ref self_ = nullptr;
  int count_ = 1;
  bool listed_ = false;
};

/// Keeps an object through a callback that may drop it.
class Keep {
 public:
  explicit Keep(Shared* object) : object_(object) { object_->Ref(); }
  ~Keep() { object_->Unref(); }
  Keep(const Keep&) = delete;
  Keep& operator=(const Keep&) = delete;

 private:
  Shared* object_;
};

/// A callback of the loop: what is written until its end is sent at its end.
class Turn {
 public:
  explicit Turn(Environment& environment);
  ~Turn();
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Environment& environment_;
};

class Environment final : private HandshakePool::Client {
 public:
  static constexpr size_t kReadBufferBytes = 64 * 1024;

  /// One per napi_env; freed by its own cleanup hook.
  static Environment* Create(napi_env env);

  napi_env env() const { return env_; }
  uv_loop_t* loop() const { return loop_; }
  char* read_buffer() const { return read_buffer_.get(); }
  BufferPool& buffers() { return buffers_; }
  bool ending() const { return ending_; }

  void SetDispatch(napi_value function);

  /// The stream behind what napi_unwrap gave; null for anything else. The pointer is not followed.
  Shared* Wrapped(const void* wrapped) const {
    const auto found = known_.find(wrapped);
    return found == known_.end() ? nullptr : found->second;
  }
  void Remember(const void* wrapped, Shared* object, bool is_stream) {
    known_.emplace(wrapped, is_stream ? object : nullptr);
  }
  /// The JavaScript object is gone. The last one frees an environment that has ended.
  void Forget(const void* wrapped);

  /// A handle was opened: JavaScript's object stays until it is closed.
  void Opened(Shared* object);
  void Closed(Shared* object);

  /// Streams that are open here.
  void CountStream(int change) { streams_ += change; }
  int streams() const { return streams_; }
  /// In what clients offer here, or in what servers take.
  ResumptionTrust& resumption_trust(bool server) { return resumption_trust_[server ? 1 : 0]; }

  /// Calls JavaScript, within a turn.
  void Emit(Shared* object, Event event, int32_t value = 0);
  /// Has EndTurn called soon: at the end of the running turn, else before the loop blocks.
  void EndTurnLater(Shared* object);
  /// Has Wake called when the loop has gone round once, so that other connections have had their
  /// turn.
  void WakeNextTurn(Shared* object);
  /// Grows with each turn.
  uint32_t turn() const { return turn_; }
  /// Sends at once what waits for the end of a turn; for the moment before process.exit.
  void FlushAll() { EndTurns(); }

  /// Runs a handshake step on a pool thread; `job->owner` is told on this thread.
  void Submit(HandshakeJob* job);

 private:
  explicit Environment(napi_env env);
  ~Environment() override = default;

  friend class Turn;

  void Initialise();
  void EndTurns();
  void StartIdle();
  void OnIdle();
  void JobsAreDone() override;
  void CollectJobs();
  void BeginEnd(napi_async_cleanup_hook_handle hook);
  void FinishEndWhenIdle();

  napi_env env_;
  uv_loop_t* loop_ = nullptr;
  napi_ref dispatch_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  std::unique_ptr<char[]> read_buffer_;
  BufferPool buffers_;
  std::unordered_map<const void*, Shared*> known_;
  std::unordered_set<Shared*> open_;
  std::vector<Shared*> gathering_;
  std::vector<Shared*> waking_;
  uint32_t turn_ = 1;
  uv_idle_t idle_{};
  uv_async_t jobs_done_{};
  ResumptionTrust resumption_trust_[2];
  int own_handles_ = 0;
  int streams_ = 0;
  int jobs_ = 0;
  int depth_ = 0;
  bool uses_pool_ = false;
  bool ending_ = false;
  bool ended_ = false;
};

}  // namespace sslkit::stream
