#include "messages.h"

#include "connection.h"

namespace sslkit::ossl {

namespace {

/// A record's header says its version itself; what OpenSSL says beside it is 0.
int VersionOf(const Message& message) {
  if (message.content_type != SSL3_RT_HEADER || message.bytes.size() < 3) return message.version;
  return static_cast<unsigned char>(message.bytes[1]) << 8 |
         static_cast<unsigned char>(message.bytes[2]);
}

}  // namespace

void Messages::Add(Message message) {
  const size_t size = kOverhead + message.bytes.size();
  if (lost_ > 0 || size > kMaxBytes - bytes_) {
    ++lost_;
    return;
  }
  bytes_ += size;
  messages_.push_back(std::move(message));
}

std::vector<Message> Messages::Take() {
  bytes_ = 0;
  return std::exchange(messages_, {});
}

void OnMessage(int write, int version, int content_type, const void* bytes, size_t size, SSL* ssl,
               void*) {
  Connection* const connection = Connection::Of(ssl);
  if (connection == nullptr || !connection->reports_messages() ||
      !connection->current_context()->reports_messages())
    return;
  Message message{write != 0, version, content_type,
                  std::string(static_cast<const char*>(bytes), size)};
  message.version = VersionOf(message);
  connection->messages().Add(std::move(message));
}

}  // namespace sslkit::ossl
