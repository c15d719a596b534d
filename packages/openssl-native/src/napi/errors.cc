#include "errors.h"

#include <exception>

#include "callback.h"
#include "to_js.h"

namespace sslkit::napi {

namespace {

using Kind = ossl::Misuse::Kind;

std::string Describe(const ossl::Failure& failure) {
  std::string message = failure.operation;
  if (failure.errors.empty()) return message + " failed";
  const ossl::ErrorRecord& last = failure.errors.back();
  message += ": [" + last.library + (last.reason.empty() ? "" : ": " + last.reason) + "]";
  if (!last.reason_text.empty()) message += " " + last.reason_text;
  return message;
}

Napi::Error ToError(Napi::Env env, const ossl::Failure& failure) {
  Napi::Error error = Napi::Error::New(env, Describe(failure));
  Napi::Array records = Napi::Array::New(env, failure.errors.size());
  for (size_t i = 0; i < failure.errors.size(); i++) {
    records.Set(static_cast<uint32_t>(i), ToObject(env, failure.errors[i]));
  }
  error.Set("code", Napi::String::New(env, "ERR_OPENSSL"));
  error.Set("operation", Napi::String::New(env, failure.operation));
  error.Set("sslError", Napi::Number::New(env, failure.ssl_error));
  error.Set("errors", records);
  if (failure.thrown != nullptr) {
    const napi_value thrown = static_cast<KeptException*>(failure.thrown.get())->Release();
    if (thrown != nullptr) error.Set("cause", thrown);
  }
  return error;
}

Napi::Error ToError(Napi::Env env, const ossl::Misuse& misuse) {
  Napi::Error error = misuse.kind == Kind::kTypeError ? Napi::TypeError::New(env, misuse.message)
                      : misuse.kind == Kind::kRangeError
                          ? Napi::RangeError::New(env, misuse.message)
                          : Napi::Error::New(env, misuse.message);
  error.Set("code", Napi::String::New(env, misuse.code));
  return error;
}

void Translate(Napi::Env env) {
  try {
    throw;
  } catch (const Pending&) {
    return;
  } catch (const ossl::Failure& failure) {
    ToError(env, failure).ThrowAsJavaScriptException();
  } catch (const ossl::Misuse& misuse) {
    ToError(env, misuse).ThrowAsJavaScriptException();
  } catch (const Napi::Error& error) {
    error.ThrowAsJavaScriptException();
  } catch (const std::exception& error) {
    Napi::Error::New(env, error.what()).ThrowAsJavaScriptException();
  }
}

}  // namespace

Napi::Object ToObject(Napi::Env env, const ossl::ErrorRecord& record) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("code", static_cast<double>(record.code));
  object.Set("library", ToJsOrNull(env, record.library));
  object.Set("reason", ToJsOrNull(env, record.reason));
  object.Set("reasonText", ToJsOrNull(env, record.reason_text));
  object.Set("data", ToJsOrNull(env, record.data));
  return object;
}

void ThrowTypeError(const char* code, const std::string& message) {
  throw ossl::Misuse{Kind::kTypeError, code, message};
}

void ThrowRangeError(const char* code, const std::string& message) {
  throw ossl::Misuse{Kind::kRangeError, code, message};
}

void ThrowError(const char* code, const std::string& message) {
  throw ossl::Misuse{Kind::kError, code, message};
}

void CheckStatus(Napi::Env env, napi_status status) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending || status == napi_pending_exception) throw Pending{};
  throw ossl::Misuse{Kind::kError, "ERR_NAPI",
                     "A Node-API call failed with status " + std::to_string(status)};
}

// Making the JavaScript error fails when the environment is being torn down (worker.terminate):
// then no JavaScript is left that could see it, and letting the failure out would end the process.
void ThrowToJavaScript(Napi::Env env) noexcept {
  try {
    Translate(env);
  } catch (...) {
    return;
  }
}

}  // namespace sslkit::napi
