#pragma once
// A libuv stream under one roof: TCP or Unix domain. It knows no TLS and no JavaScript. Results are
// libuv's: 0 or a negative error number.

#include <uv.h>

#include <string>

namespace sslkit::stream {

/// An address as text, for JavaScript.
struct SocketName {
  std::string host;  // a path for a Unix-domain socket
  int port = 0;
  int family = 0;  // 4, 6, or 0 for a path
};

enum class TransportKind { kTcp, kPipe };

/// IPv4 or IPv6 text (with a scope after `%`) and a port.
int ParseAddress(const char* host, int port, sockaddr_storage* address);
SocketName ToSocketName(const sockaddr_storage& address);

class Transport {
 public:
  /// Makes the handle; `data` is what the callbacks find in handle->data. Once only.
  int Init(uv_loop_t* loop, TransportKind kind, void* data);
  /// Takes a duplicate of a connected descriptor.
  int Adopt(int fd);
  int Bind(const sockaddr_storage& address);
  int SetNoDelay(bool on);
  int SetKeepAlive(bool on, unsigned delay_seconds);
  /// Closing will reset the connection.
  int Linger();
  int Name(bool peer, SocketName* name) const;
  /// -1 when there is none.
  int Descriptor() const;

  bool open() const { return open_; }
  TransportKind kind() const { return kind_; }
  uv_tcp_t* tcp() { return &handle_.tcp; }
  uv_pipe_t* pipe() { return &handle_.pipe; }
  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&handle_); }
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&handle_); }
  /// The memory must stay until `closed` was called.
  void Close(uv_close_cb closed);

 private:
  union Handle {
    uv_tcp_t tcp;
    uv_pipe_t pipe;
  } handle_{};
  TransportKind kind_ = TransportKind::kTcp;
  bool open_ = false;
};

}  // namespace sslkit::stream
