#include "ssl.h"

#include <algorithm>
#include <utility>

#include "../ossl/error_queue.h"
#include "memory_bio.h"
#include "psk.h"
#include "ssl_ctx.h"

namespace sslkit::objects {

namespace {

using napi::Arguments;

constexpr size_t kDefaultReadMany = 256 * 1024;
constexpr int64_t kMaxReadMany = 64 * 1024 * 1024;
// An SSL with its record buffers.
constexpr int64_t kExternalBytes = 48 * 1024;

}  // namespace

void Ssl::Define(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<Ssl> builder(env);
  DefineIo(builder);
  DefineInspection(builder);
  DefineSession(builder);
  builder.Export(exports);
}

void Ssl::DefineIo(napi::ClassBuilder<Ssl>& builder) {
  builder.Method<&Ssl::Free>("free")
      .Method<&Ssl::SetBio>("setBio")
      .Method<&Ssl::SetTlsextHostName>("setTlsextHostName")
      .Method<&Ssl::SetHost>("setHost")
      .Method<&Ssl::SetIp>("setIp")
      .Method<&Ssl::ClientHelloServername>("clientHelloServername")
      .Method<&Ssl::AnswerClientHello>("answerClientHello")
      .Method<&Ssl::DoHandshake>("doHandshake")
      .Method<&Ssl::Read>("read")
      .Method<&Ssl::ReadAvailable>("readAvailable")
      .Method<&Ssl::Write>("write")
      .Method<&Ssl::Shutdown>("shutdown")
      .Method<&Ssl::VerifyClientPostHandshake>("verifyClientPostHandshake")
      .Method<&Ssl::Pending>("pending")
      .Method<&Ssl::HasPending>("hasPending")
      .Method<&Ssl::TakeMessages>("takeMessages");
}

Ssl::Ssl(const Arguments& args)
    : connection_(std::make_shared<ossl::Connection>(
          napi::ObjectArgument<SslCtx>(args, 0, "ctx").context(), args.Boolean(1, "server"))),
      counted_in_(args.Env()) {
  napi::AdjustExternalMemory(counted_in_, kExternalBytes);
  HoldCallbacks(args.Env(), args.This(), *connection_, args.At(0));
}

void Ssl::HoldCallbacks(Napi::Env env, napi_value holder, const ossl::Connection& connection,
                        napi_value ctx) {
  if (connection.calls_javascript()) HoldAlive(env, holder, "ctx", ctx);
}

Ssl::Ssl(std::shared_ptr<ossl::Connection> connection) : connection_(std::move(connection)) {}

// A stream that still drives the connection keeps it alive by its own reference.
Ssl::~Ssl() {
  Forget();
}

void Ssl::Forget() {
  if (counted_in_ != nullptr)
    napi::AdjustExternalMemory(std::exchange(counted_in_, nullptr), -kExternalBytes);
}

ossl::Connection& Ssl::Idle() const {
  if (connection_->busy.load(std::memory_order_acquire)) {
    napi::ThrowError("ERR_SSL_BUSY",
                     "This Ssl object is in use by a stream, a handshake job or a callback");
  }
  return *connection_;
}

void Ssl::Free() {
  if (!connection_->calling()) Idle();
  connection_->Free();
  Forget();
}

void Ssl::SetBio(const Arguments& args) {
  const auto& incoming = napi::ObjectArgument<MemoryBio>(args, 0, "incoming");
  const auto& outgoing = napi::ObjectArgument<MemoryBio>(args, 1, "outgoing");
  Idle().SetBio(incoming.bio(), outgoing.bio());
}

void Ssl::SetTlsextHostName(const Arguments& args) {
  Idle().SetServerName(args.Text(0, "name"));
}

void Ssl::SetHost(const Arguments& args) {
  Idle().SetHost(args.Text(0, "name"));
}

void Ssl::SetIp(const Arguments& args) {
  Idle().SetIp(args.Text(0, "ip"));
}

Napi::Value Ssl::ClientHelloServername(const Arguments& args) {
  const ossl::HelloQuestion* question = Idle().hello();
  if (question == nullptr) return args.Env().Null();
  return napi::ToJs(args.Env(), question->server_name);
}

void Ssl::AnswerClientHello(const Arguments& args) {
  const int alert = static_cast<int>(args.Integer(0, "alert", 0, 255));
  if (!args.Has(1)) return Idle().Answer(alert, nullptr, {});
  const auto& context = napi::ObjectArgument<SslCtx>(args, 1, "ctx").context();
  const napi::ByteSpan id = args.Bytes(2, "sessionIdContext");
  if (id.size > SSL_MAX_SID_CTX_LENGTH)
    napi::ThrowRangeError("ERR_OUT_OF_RANGE",
                          "The \"sessionIdContext\" argument is longer than 32 bytes");
  Idle().Answer(alert, context, std::string(reinterpret_cast<const char*>(id.data), id.size));
  HoldCallbacks(args.Env(), args.This(), *connection_, args.At(1));
}

ossl::IoResult Ssl::DoHandshake() {
  return Idle().DoHandshake();
}

// SSL_read(3) takes no empty buffer; there is nothing to do for one.
ossl::IoResult Ssl::Read(const Arguments& args) {
  ossl::Connection& connection = Idle();
  const napi::ByteSpan buffer = args.Bytes(0, "buffer");
  return buffer.size == 0 ? 0 : connection.Read(buffer.data, buffer.size);
}

Napi::Value Ssl::ReadAvailable(const Arguments& args) {
  ossl::Connection& connection = Idle();
  const Napi::Env env = args.Env();
  const size_t size = args.Has(0)
                          ? static_cast<size_t>(args.Integer(0, "maxBytes", 1, kMaxReadMany))
                          : kDefaultReadMany;
  napi::Environment& environment = napi::Environment::Of(env);
  uint8_t* const scratch = environment.Scratch(size);
  const ossl::IoResult result = connection.ReadMany(scratch, size);
  if (result < 0) return napi::ToJs(env, result);
  auto buffer = Napi::Buffer<uint8_t>::Copy(env, scratch, static_cast<size_t>(result));
  environment.TrimScratch();
  return buffer;
}

ossl::IoResult Ssl::Write(const Arguments& args) {
  ossl::Connection& connection = Idle();
  const napi::ByteSpan data = args.Bytes(0, "data");
  return data.size == 0 ? 0 : connection.Write(data.data, data.size);
}

ossl::IoResult Ssl::Shutdown() {
  return Idle().Shutdown();
}

void Ssl::VerifyClientPostHandshake() {
  Idle().VerifyClientPostHandshake();
}

int Ssl::Pending() {
  return SSL_pending(ssl());
}

bool Ssl::HasPending() {
  return SSL_has_pending(ssl()) == 1;
}

Napi::Value Ssl::TakeMessages(const Arguments& args) {
  const Napi::Env env = args.Env();
  ossl::Connection& connection = Idle();
  Napi::Object result = Napi::Object::New(env);
  std::vector<ossl::Message> messages;
  size_t lost = 0;
  if (connection.reports_messages()) {
    messages = connection.messages().Take();
    lost = connection.messages().TakeLost();
  }
  Napi::Array array = Napi::Array::New(env, messages.size());
  for (uint32_t i = 0; i < messages.size(); i++) {
    const ossl::Message& message = messages[i];
    Napi::Object object = Napi::Object::New(env);
    object.Set("sent", napi::ToJs(env, message.sent));
    object.Set("version", napi::ToJs(env, message.version));
    object.Set("contentType", napi::ToJs(env, message.content_type));
    object.Set("data", Napi::Buffer<char>::Copy(env, message.bytes.data(), message.bytes.size()));
    array.Set(i, object);
  }
  result.Set("messages", array);
  result.Set("lost", napi::ToJs(env, lost));
  return result;
}

}  // namespace sslkit::objects
