#pragma once
// A listening socket, TCP or Unix domain. Each connection is announced with kConnection and taken
// with Accept(); until it is taken libuv accepts no more, so whoever has enough connections for now
// just does not take this one, and the rest waits in the kernel's backlog. Out of descriptors
// (EMFILE): libuv closes what it cannot take and goes on.

#include <string>

#include "environment.h"
#include "tls_stream.h"
#include "transport.h"

namespace sslkit::stream {

class TlsListener final : public Shared {
 public:
  explicit TlsListener(Environment* environment) : Shared(environment) {}

  int ListenTcp(const sockaddr_storage& address, int backlog, bool ipv6_only);
  int ListenPipe(const std::string& path, int backlog);
  /// UV_EAGAIN when there is no connection to take.
  int Accept(TlsStream* stream);
  Transport& transport() { return transport_; }
  const Transport& transport() const { return transport_; }
  void Close() override;

 private:
  ~TlsListener() override = default;

  int Listen(int backlog);

  Transport transport_;
};

}  // namespace sslkit::stream
