#pragma once
// A file that takes the secrets of connections, in NSS's key log format. Handshakes write from
// whatever thread they run on; each line is one write to a file opened for appending, so lines of
// several threads, contexts and processes stay whole.

#include <mutex>
#include <string_view>

namespace sslkit::ossl {

class KeyLog {
 public:
  /// Takes the descriptor, which was opened for appending.
  explicit KeyLog(int descriptor) : descriptor_(descriptor) {}
  ~KeyLog();
  KeyLog(const KeyLog&) = delete;
  KeyLog& operator=(const KeyLog&) = delete;

  /// Adds the end of the line. A line that cannot be written is lost: a log must not fail a
  /// connection.
  void Append(std::string_view line);

 private:
  std::mutex lock_;
  int descriptor_;
};

}  // namespace sslkit::ossl
