#pragma once
// OpenSSL's error queue belongs to the thread and is shared with node itself. So each operation
// starts by emptying it (ErrorScope) and takes everything it left at once (Drain): nothing of ours
// is found by others, nor theirs by us.

#include <string>
#include <vector>

#include "failure.h"

namespace sslkit::ossl {

/// Empties the queue on entry and on exit.
class ErrorScope {
 public:
  ErrorScope();
  ~ErrorScope();
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

/// The names of a packed error code, without data.
ErrorRecord RecordOf(unsigned long code);

/// Takes all records, oldest first.
std::vector<ErrorRecord> DrainErrors();

/// A failure of `operation` with everything that is in the queue.
Failure TakeFailure(std::string operation, int ssl_error = 0);

/// Throws a Failure when `ok` is false.
void Check(bool ok, const char* operation);

/// The same for a pointer; hands it through.
template <class T>
T* CheckPointer(T* pointer, const char* operation) {
  Check(pointer != nullptr, operation);
  return pointer;
}

}  // namespace sslkit::ossl
