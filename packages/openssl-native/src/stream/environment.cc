#include "environment.h"

#include <utility>

namespace sslkit::stream {

namespace {

/// Open for the time that a callback of the loop talks to JavaScript.
class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { napi_open_handle_scope(env_, &scope_); }
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }
  HandleScope(const HandleScope&) = delete;
  HandleScope& operator=(const HandleScope&) = delete;

 private:
  napi_env env_;
  napi_handle_scope scope_ = nullptr;
};

/// What a callback threw becomes an uncaught exception, as with any of Node's own handles.
void ReportThrown(napi_env env) {
  napi_value thrown = nullptr;
  bool pending = false;
  if (napi_is_exception_pending(env, &pending) != napi_ok || !pending) return;
  if (napi_get_and_clear_last_exception(env, &thrown) == napi_ok) napi_fatal_exception(env, thrown);
}

}  // namespace

Turn::Turn(Environment& environment) : environment_(environment) {
  if (environment_.depth_++ == 0) ++environment_.turn_;
}

Turn::~Turn() {
  if (environment_.depth_ == 1) environment_.EndTurns();
  --environment_.depth_;
}

Environment* Environment::Create(napi_env env) {
  auto* made = new Environment(env);
  made->Initialise();
  return made;
}

Environment::Environment(napi_env env) : env_(env), read_buffer_(new char[kReadBufferBytes]) {}

void Environment::Initialise() {
  napi_get_uv_event_loop(env_, &loop_);
  napi_value name = nullptr;
  napi_create_string_utf8(env_, "SSLKIT_STREAM", NAPI_AUTO_LENGTH, &name);
  napi_async_init(env_, nullptr, name, &context_);
  idle_.data = this;
  jobs_done_.data = this;
  uv_idle_init(loop_, &idle_);
  uv_async_init(loop_, &jobs_done_,
                [](uv_async_t* handle) { static_cast<Environment*>(handle->data)->CollectJobs(); });
  // Only a job under way keeps the loop alive.
  uv_unref(reinterpret_cast<uv_handle_t*>(&jobs_done_));
  own_handles_ = 2;
  napi_add_async_cleanup_hook(
      env_,
      [](napi_async_cleanup_hook_handle hook, void* self) {
        static_cast<Environment*>(self)->BeginEnd(hook);
      },
      this, &hook_);
}

void Environment::SetDispatch(napi_value function) {
  if (dispatch_ != nullptr) napi_delete_reference(env_, std::exchange(dispatch_, nullptr));
  napi_create_reference(env_, function, 1, &dispatch_);
}

void Environment::Opened(Shared* object) {
  object->Ref();
  open_.insert(object);
  uint32_t count = 0;
  napi_reference_ref(env_, object->self(), &count);
}

void Environment::Closed(Shared* object) {
  if (!ending_) Emit(object, Event::kClose);
  open_.erase(object);
  uint32_t count = 0;
  if (object->self() != nullptr) napi_reference_unref(env_, object->self(), &count);
  object->Unref();
  if (ending_) FinishEndWhenIdle();
}

void Environment::Forget(const void* wrapped) {
  known_.erase(wrapped);
  if (ended_ && known_.empty()) delete this;
}

void Environment::Emit(Shared* object, Event event, int32_t value) {
  if (ending_ || dispatch_ == nullptr || object->self() == nullptr) return;
  const Turn turn(*this);
  const HandleScope scope(env_);
  napi_value receiver = nullptr;
  napi_value dispatch = nullptr;
  napi_get_reference_value(env_, object->self(), &receiver);
  napi_get_reference_value(env_, dispatch_, &dispatch);
  if (receiver == nullptr || dispatch == nullptr) return;
  napi_value arguments[2];
  napi_create_int32(env_, static_cast<int32_t>(event), &arguments[0]);
  napi_create_int32(env_, value, &arguments[1]);
  const napi_status status =
      napi_make_callback(env_, context_, receiver, dispatch, 2, arguments, nullptr);
  if (status != napi_ok) ReportThrown(env_);
}

void Environment::EndTurnLater(Shared* object) {
  if (object->listed_) return;
  object->listed_ = true;
  object->Ref();
  gathering_.push_back(object);
  if (depth_ == 0) StartIdle();
}

void Environment::WakeNextTurn(Shared* object) {
  object->Ref();
  waking_.push_back(object);
  StartIdle();
}

void Environment::StartIdle() {
  if (ending_) return;
  uv_idle_start(&idle_,
                [](uv_idle_t* handle) { static_cast<Environment*>(handle->data)->OnIdle(); });
}

void Environment::OnIdle() {
  uv_idle_stop(&idle_);
  const Turn turn(*this);
  const std::vector<Shared*> waking = std::exchange(waking_, {});
  for (Shared* object : waking) {
    object->Wake();
    object->Unref();
  }
}

void Environment::EndTurns() {
  while (!gathering_.empty()) {
    Shared* object = gathering_.back();
    gathering_.pop_back();
    object->listed_ = false;
    object->EndTurn();
    object->Unref();
  }
}

void Environment::Submit(HandshakeJob* job) {
  HandshakePool& pool = HandshakePool::Instance();
  if (!uses_pool_) {
    pool.Join(this);
    uses_pool_ = true;
  }
  if (jobs_++ == 0) uv_ref(reinterpret_cast<uv_handle_t*>(&jobs_done_));
  pool.Submit(this, job);
}

void Environment::JobsAreDone() {
  uv_async_send(&jobs_done_);
}

void Environment::CollectJobs() {
  for (HandshakeJob* job : HandshakePool::Instance().TakeDone(this)) {
    if (--jobs_ == 0) uv_unref(reinterpret_cast<uv_handle_t*>(&jobs_done_));
    job->done(job);
  }
  if (ending_) FinishEndWhenIdle();
}

void Environment::BeginEnd(napi_async_cleanup_hook_handle hook) {
  hook_ = hook;
  ending_ = true;
  EndTurns();
  for (Shared* object : std::exchange(waking_, {})) object->Unref();
  for (Shared* object : std::vector<Shared*>(open_.begin(), open_.end())) object->Close();
  if (dispatch_ != nullptr) napi_delete_reference(env_, std::exchange(dispatch_, nullptr));
  napi_async_destroy(env_, context_);
  uv_close(reinterpret_cast<uv_handle_t*>(&idle_), [](uv_handle_t* handle) {
    auto* self = static_cast<Environment*>(handle->data);
    --self->own_handles_;
    self->FinishEndWhenIdle();
  });
  FinishEndWhenIdle();
}

void Environment::FinishEndWhenIdle() {
  if (!open_.empty() || jobs_ > 0 || own_handles_ > 1) return;
  auto* async = reinterpret_cast<uv_handle_t*>(&jobs_done_);
  if (own_handles_ == 1 && uv_is_closing(async) == 0) {
    if (std::exchange(uses_pool_, false)) HandshakePool::Instance().Leave(this);
    uv_close(async, [](uv_handle_t* handle) {
      auto* self = static_cast<Environment*>(handle->data);
      self->own_handles_ = 0;
      self->FinishEndWhenIdle();
    });
    return;
  }
  if (own_handles_ > 0 || hook_ == nullptr) return;
  napi_remove_async_cleanup_hook(std::exchange(hook_, nullptr));
  ended_ = true;
  // Wrapped objects are finalised after this; the last one frees the environment.
  if (known_.empty()) delete this;
}

}  // namespace sslkit::stream
