#include "classes.h"

#include <string>
#include <type_traits>
#include <utility>

#include "../napi/class.h"
#include "../objects/ssl.h"
#include "../objects/ssl_ctx.h"
#include "environment.h"
#include "fast_call.h"
#include "handshake_pool.h"
#include "tls_listener.h"
#include "tls_stream.h"

namespace sslkit::stream {

namespace {

using napi::Arguments;

// SO_REUSEPORT and the like are not offered, so a backlog and a port are all that is bounded here.
constexpr int kMaxPort = 65535;
constexpr int kMaxBacklog = 65535;
constexpr int kMaxKeepAliveSeconds = 32767;

Environment& EnvironmentOf(Napi::Env env) {
  napi::Environment& common = napi::Environment::Of(env);
  if (common.stream == nullptr) common.stream = Environment::Create(env);
  return *common.stream;
}

sockaddr_storage Address(const Arguments& args, size_t host, size_t port) {
  sockaddr_storage address{};
  const std::string text = args.Text(host, "host");
  const int number = static_cast<int>(args.Integer(port, "port", 0, kMaxPort));
  if (ParseAddress(text.c_str(), number, &address) != 0) {
    napi::ThrowTypeError("ERR_INVALID_IP_ADDRESS", "Invalid IP address: " + text);
  }
  return address;
}

Napi::Value ToArray(Napi::Env env, const SocketName& name) {
  Napi::Array array = Napi::Array::New(env, 3);
  array.Set(0U, Napi::String::New(env, name.host));
  array.Set(1U, Napi::Number::New(env, name.port));
  array.Set(2U, Napi::Number::New(env, name.family));
  return array;
}

/// What both classes share: the JavaScript object's hold on the C++ one.
template <class T>
class Wrapped : public napi::Wrappable {
 public:
  explicit Wrapped(const Arguments& args) : object_(new T(&EnvironmentOf(args.Env()))) {
    napi_ref self = nullptr;
    napi_create_reference(args.Env(), args.This(), 0, &self);
    object_->set_self(self);
    // What napi_wrap will be given; see napi::Unwrap.
    object_->environment().Remember(static_cast<napi::Wrappable*>(this), object_,
                                    std::is_same_v<T, TlsStream>);
  }
  ~Wrapped() override {
    Environment& environment = object_->environment();
    napi_delete_reference(environment.env(), object_->self());
    object_->set_self(nullptr);
    object_->Unref();
    environment.Forget(static_cast<napi::Wrappable*>(this));
  }

  T& object() const { return *object_; }

  void Close() { object_->Close(); }
  void Ref() { SetRef(true); }
  void Unref() { SetRef(false); }
  int Descriptor() const { return object_->transport().Descriptor(); }
  Napi::Value LocalName(const Arguments& args) { return Name(args, false); }

 protected:
  /// An array of host, port, family; or libuv's error number.
  Napi::Value Name(const Arguments& args, bool peer) const {
    SocketName name;
    const int status = object_->transport().Name(peer, &name);
    return status == 0 ? ToArray(args.Env(), name) : Napi::Number::New(args.Env(), status);
  }

 private:
  void SetRef(bool on) {
    Transport& transport = object_->transport();
    if (!transport.open()) return;
    if (on) {
      uv_ref(transport.handle());
    } else {
      uv_unref(transport.handle());
    }
  }

  T* object_;
};

class StreamObject final : public Wrapped<TlsStream> {
 public:
  static constexpr char kName[] = "TlsStream";
  static constexpr napi_type_tag kTag = {0x5d8be81f27f74e0b, 0x9a61c2d44f3b7e15};

  using Wrapped::Wrapped;

  int Open(const Arguments& args) {
    const int fd = static_cast<int>(args.Integer(0, "fd", 0, INT32_MAX));
    const bool pipe = args.Boolean(1, "pipe");
    return object().OpenDescriptor(fd, pipe ? TransportKind::kPipe : TransportKind::kTcp);
  }

  int ConnectTcp(const Arguments& args) {
    const sockaddr_storage address = Address(args, 0, 1);
    if (!args.Has(2)) return object().ConnectTcp(address, nullptr);
    const sockaddr_storage local = Address(args, 2, 3);
    return object().ConnectTcp(address, &local);
  }

  int ConnectPipe(const Arguments& args) { return object().ConnectPipe(args.Text(0, "path")); }

  void Attach(const Arguments& args) {
    const auto& connection = napi::ObjectArgument<objects::Ssl>(args, 0, "ssl").connection();
    objects::Ssl::HoldCallbacks(args.Env(), args.This(), *connection, args.At(0));
    object().Attach(connection);
  }

  /// A session of the stream's own: its JavaScript object is made only when somebody asks for it.
  void Start(const Arguments& args) {
    const auto& ctx = napi::ObjectArgument<objects::SslCtx>(args, 0, "ctx");
    auto connection = std::make_shared<ossl::Connection>(ctx.context(), args.Boolean(1, "server"));
    if (args.Has(2)) connection->SetServerName(args.Text(2, "serverName"));
    if (args.Has(3) && args.Boolean(4, "isAddress")) {
      connection->SetIp(args.Text(3, "host"));
    } else if (args.Has(3)) {
      connection->SetHost(args.Text(3, "host"));
    }
    objects::Ssl::HoldCallbacks(args.Env(), args.This(), *connection, args.At(0));
    object().Attach(std::move(connection));
  }

  Napi::Value Session(const Arguments& args) {
    const auto& connection = object().connection();
    if (!connection) napi::ThrowError("ERR_STREAM_NOT_ATTACHED", "The stream has no TLS session");
    return napi::Wrap(args.Env(), std::make_unique<objects::Ssl>(connection));
  }

  void Free() { object().Free(); }
  bool DropInput() { return object().DropInput(); }
  void TakeArrived() { object().TakeArrived(); }

  void Unshift(const Arguments& args) {
    const napi::ByteSpan bytes = args.Bytes(0, "data");
    object().Unshift(bytes.data, bytes.size);
  }

  int Handshake(const Arguments& args) { return object().Handshake(args.Boolean(0, "onPool")); }

  int Drain() { return object().Drain(); }
  void Await() { object().Await(); }
  int CloseNotify() { return object().CloseNotify(); }
  int ShutdownTransport() { return object().ShutdownTransport(); }
  size_t Buffered() const { return object().Buffered(); }
  bool Busy() const { return object().busy(); }
  Napi::Value FirstBytes(const Arguments& args) {
    return Napi::Buffer<uint8_t>::Copy(args.Env(), object().first_bytes(), object().first_size());
  }
  void Reset() { object().Reset(); }
  void EndInput() { object().EndInput(); }

  /// A descriptor, the bytes behind the TLS session, the records that were not sent; or libuv's
  /// error number.
  Napi::Value Detach(const Arguments& args) {
    Bytes rest;
    Bytes unsent;
    const int fd = object().Detach(&rest, &unsent);
    if (fd < 0) return Napi::Number::New(args.Env(), fd);
    Napi::Array result = Napi::Array::New(args.Env(), 3);
    result.Set(0U, Napi::Number::New(args.Env(), fd));
    result.Set(1U, Napi::Buffer<uint8_t>::Copy(args.Env(), rest.data(), rest.size()));
    result.Set(2U, Napi::Buffer<uint8_t>::Copy(args.Env(), unsent.data(), unsent.size()));
    return result;
  }

  Napi::Value PeerName(const Arguments& args) { return Name(args, true); }
  int SetNoDelay(const Arguments& args) {
    return object().transport().SetNoDelay(args.Boolean(0, "on"));
  }
  int SetKeepAlive(const Arguments& args) {
    const auto delay =
        static_cast<unsigned>(args.Integer(1, "delaySeconds", 0, kMaxKeepAliveSeconds));
    return object().transport().SetKeepAlive(args.Boolean(0, "on"), delay);
  }
};

class ListenerObject final : public Wrapped<TlsListener> {
 public:
  static constexpr char kName[] = "TlsListener";
  static constexpr napi_type_tag kTag = {0xb1f06c0a9d8e4c37, 0x8e2a75d1f3094b6c};

  using Wrapped::Wrapped;

  int ListenTcp(const Arguments& args) {
    return object().ListenTcp(Address(args, 0, 1), Backlog(args, 2), args.Boolean(3, "ipv6Only"));
  }
  int ListenPipe(const Arguments& args) {
    return object().ListenPipe(args.Text(0, "path"), Backlog(args, 1));
  }
  int Accept(const Arguments& args) {
    return object().Accept(&napi::ObjectArgument<StreamObject>(args, 0, "stream").object());
  }

 private:
  static int Backlog(const Arguments& args, size_t index) {
    return static_cast<int>(args.Integer(index, "backlog", 0, kMaxBacklog));
  }
};

void SetDispatch(const Arguments& args) {
  EnvironmentOf(args.Env()).SetDispatch(args.At(0));
}
void FlushStreams(const Arguments& args) {
  EnvironmentOf(args.Env()).FlushAll();
}
unsigned HandshakeThreads(const Arguments&) {
  return HandshakePool::ConfiguredThreads();
}

template <class T>
void AddCommon(napi::ClassBuilder<T>& builder) {
  builder.template Method<&T::Close>("close")
      .template Method<&T::Ref>("ref")
      .template Method<&T::Unref>("unref")
      .template Method<&T::Descriptor>("fileno")
      .template Method<&T::LocalName>("getsockname");
}

}  // namespace

void Export(Napi::Env env, Napi::Object exports) {
  napi::ClassBuilder<StreamObject> stream(env);
  AddCommon(stream);
  stream.Method<&StreamObject::Open>("open")
      .Method<&StreamObject::ConnectTcp>("connectTcp")
      .Method<&StreamObject::ConnectPipe>("connectPipe")
      .Method<&StreamObject::Attach>("attach")
      .Method<&StreamObject::Start>("start")
      .Method<&StreamObject::Session>("ssl")
      .Method<&StreamObject::Free>("free")
      .Method<&StreamObject::DropInput>("dropInput")
      .Method<&StreamObject::TakeArrived>("takeArrived")
      .Method<&StreamObject::Unshift>("unshift")
      .Method<&StreamObject::Handshake>("handshake")
      .Raw("read", Fast<&TlsStream::Read>)
      .Raw("write", Fast<&TlsStream::Write>)
      .Method<&StreamObject::Drain>("drain")
      .Method<&StreamObject::Await>("await")
      .Method<&StreamObject::CloseNotify>("closeNotify")
      .Method<&StreamObject::ShutdownTransport>("shutdown")
      .Method<&StreamObject::Buffered>("buffered")
      .Method<&StreamObject::Busy>("busy")
      .Method<&StreamObject::FirstBytes>("firstBytes")
      .Method<&StreamObject::Reset>("reset")
      .Method<&StreamObject::EndInput>("endInput")
      .Method<&StreamObject::Detach>("detach")
      .Method<&StreamObject::PeerName>("getpeername")
      .Method<&StreamObject::SetNoDelay>("setNoDelay")
      .Method<&StreamObject::SetKeepAlive>("setKeepAlive")
      .Export(exports);
  napi::ClassBuilder<ListenerObject> listener(env);
  AddCommon(listener);
  listener.Method<&ListenerObject::ListenTcp>("listenTcp")
      .Method<&ListenerObject::ListenPipe>("listenPipe")
      .Method<&ListenerObject::Accept>("accept")
      .Export(exports);
  exports.Set("setStreamDispatch", napi::MakeFunction<SetDispatch>(env, "setStreamDispatch"));
  exports.Set("flushStreams", napi::MakeFunction<FlushStreams>(env, "flushStreams"));
  exports.Set("handshakeThreads", napi::MakeFunction<HandshakeThreads>(env, "handshakeThreads"));
}

}  // namespace sslkit::stream
