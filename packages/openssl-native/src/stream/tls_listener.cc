#include "tls_listener.h"

namespace sslkit::stream {

namespace {

TlsListener* Self(uv_handle_t* handle) {
  return static_cast<TlsListener*>(static_cast<Shared*>(handle->data));
}

}  // namespace

int TlsListener::ListenTcp(const sockaddr_storage& address, int backlog, bool ipv6_only) {
  int status =
      transport_.Init(environment().loop(), TransportKind::kTcp, static_cast<Shared*>(this));
  if (status != 0) return status;
  environment().Opened(this);
  status = uv_tcp_bind(transport_.tcp(), reinterpret_cast<const sockaddr*>(&address),
                       ipv6_only ? static_cast<unsigned>(UV_TCP_IPV6ONLY) : 0U);
  return status != 0 ? status : Listen(backlog);
}

int TlsListener::ListenPipe(const std::string& path, int backlog) {
  int status =
      transport_.Init(environment().loop(), TransportKind::kPipe, static_cast<Shared*>(this));
  if (status != 0) return status;
  environment().Opened(this);
  status = uv_pipe_bind(transport_.pipe(), path.c_str());
  return status != 0 ? status : Listen(backlog);
}

int TlsListener::Listen(int backlog) {
  return uv_listen(transport_.stream(), backlog, [](uv_stream_t* server, int status) {
    TlsListener* self = Self(reinterpret_cast<uv_handle_t*>(server));
    self->environment().Emit(self, Event::kConnection, status);
  });
}

int TlsListener::Accept(TlsStream* stream) {
  if (!transport_.open()) return UV_EBADF;
  return stream->AcceptFrom(transport_.stream(), transport_.kind());
}

void TlsListener::Close() {
  transport_.Close([](uv_handle_t* handle) {
    TlsListener* self = Self(handle);
    self->environment().Closed(self);
  });
}

}  // namespace sslkit::stream
