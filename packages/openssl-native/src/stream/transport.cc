#include "transport.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace sslkit::stream {

namespace {

/// The path of a Unix-domain socket; a name in Linux's abstract name space keeps its leading NUL,
/// and who has bound none has no name. Asked of the system: libuv 1.46 looks at a path that is not
/// there.
SocketName PipeName(int fd, bool peer, int* status) {
  sockaddr_un address{};
  socklen_t size = sizeof address;
  auto* target = reinterpret_cast<sockaddr*>(&address);
  *status = (peer ? ::getpeername(fd, target, &size) : ::getsockname(fd, target, &size)) == 0
                ? 0
                : -errno;
  SocketName name;
  if (*status != 0 || size <= offsetof(sockaddr_un, sun_path)) return name;
  const size_t length = size - offsetof(sockaddr_un, sun_path);
  const bool abstract = address.sun_path[0] == 0;
  name.host.assign(address.sun_path, abstract ? length : ::strnlen(address.sun_path, length));
  return name;
}

}  // namespace

int ParseAddress(const char* host, int port, sockaddr_storage* address) {
  if (uv_ip4_addr(host, port, reinterpret_cast<sockaddr_in*>(address)) == 0) return 0;
  return uv_ip6_addr(host, port, reinterpret_cast<sockaddr_in6*>(address));
}

SocketName ToSocketName(const sockaddr_storage& address) {
  SocketName name;
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address);
    uv_ip4_name(in, text, sizeof text);
    name = {text, ntohs(in->sin_port), 4};
  } else if (address.ss_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(&address);
    uv_ip6_name(in, text, sizeof text);
    name = {text, ntohs(in->sin6_port), 6};
  }
  return name;
}

int Transport::Init(uv_loop_t* loop, TransportKind kind, void* data) {
  if (open_) return UV_EALREADY;
  kind_ = kind;
  const int status =
      kind == TransportKind::kTcp ? uv_tcp_init(loop, tcp()) : uv_pipe_init(loop, pipe(), 0);
  if (status != 0) return status;
  handle()->data = data;
  open_ = true;
  return 0;
}

int Transport::Adopt(int fd) {
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return -errno;
  const int status =
      kind_ == TransportKind::kTcp ? uv_tcp_open(tcp(), copy) : uv_pipe_open(pipe(), copy);
  if (status != 0) ::close(copy);
  return status;
}

int Transport::Bind(const sockaddr_storage& address) {
  return uv_tcp_bind(tcp(), reinterpret_cast<const sockaddr*>(&address), 0);
}

int Transport::SetNoDelay(bool on) {
  return kind_ == TransportKind::kTcp ? uv_tcp_nodelay(tcp(), on ? 1 : 0) : 0;
}

int Transport::SetKeepAlive(bool on, unsigned delay_seconds) {
  return kind_ == TransportKind::kTcp ? uv_tcp_keepalive(tcp(), on ? 1 : 0, delay_seconds) : 0;
}

int Transport::Linger() {
  const linger reset = {1, 0};
  const int fd = Descriptor();
  if (fd < 0) return UV_EBADF;
  return ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 ? 0 : -errno;
}

int Transport::Name(bool peer, SocketName* name) const {
  int status = 0;
  if (!open_) return UV_EBADF;
  if (kind_ == TransportKind::kPipe) {
    *name = PipeName(Descriptor(), peer, &status);
    return status;
  }
  sockaddr_storage address{};
  int size = sizeof address;
  auto* target = reinterpret_cast<sockaddr*>(&address);
  status = peer ? uv_tcp_getpeername(&handle_.tcp, target, &size)
                : uv_tcp_getsockname(&handle_.tcp, target, &size);
  if (status == 0) *name = ToSocketName(address);
  return status;
}

int Transport::Descriptor() const {
  uv_os_fd_t fd = -1;
  if (!open_ || uv_fileno(reinterpret_cast<const uv_handle_t*>(&handle_), &fd) != 0) return -1;
  return fd;
}

void Transport::Close(uv_close_cb closed) {
  if (!open_) return;
  open_ = false;
  uv_close(handle(), closed);
}

}  // namespace sslkit::stream
