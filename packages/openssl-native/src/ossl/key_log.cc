#include "key_log.h"

#include <openssl/crypto.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace sslkit::ossl {

KeyLog::~KeyLog() {
  ::close(descriptor_);
}

void KeyLog::Append(std::string_view line) {
  std::string text(line);
  text += '\n';
  {
    const std::lock_guard<std::mutex> guard(lock_);
    size_t written = 0;
    while (written < text.size()) {
      const ssize_t count = ::write(descriptor_, text.data() + written, text.size() - written);
      if (count < 0 && errno != EINTR) break;
      if (count > 0) written += static_cast<size_t>(count);
    }
  }
  OPENSSL_cleanse(text.data(), text.size());
}

}  // namespace sslkit::ossl
