#pragma once
// What a failed OpenSSL call leaves behind, as plain data: no OpenSSL and no napi header, so that
// both sides may use it.

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sslkit::ossl {

/// One record of the error queue. Empty strings stand for "none".
struct ErrorRecord {
  unsigned long code = 0;
  std::string library;
  std::string reason;
  std::string reason_text;
  std::string data;
};

/// Thrown by every fallible call; becomes `OpenSSLFailure` in JavaScript.
struct Failure {
  std::string operation;
  int ssl_error = 0;
  std::vector<ErrorRecord> errors;
  /// What a callback in JavaScript has thrown below the call, and so made it fail: a
  /// napi::KeptException. It becomes the error's `cause`, once.
  std::shared_ptr<void> thrown = nullptr;
};

/// A rule of this addon that was broken by the caller; becomes an Error, TypeError or RangeError
/// with `code`.
struct Misuse {
  enum class Kind { kError, kTypeError, kRangeError };
  Kind kind;
  const char* code;
  std::string message;
};

}  // namespace sslkit::ossl
