#pragma once
// JavaScript classes over C++ ones. Napi::ObjectWrap unwraps whatever receiver it is given; here
// every receiver shows the type tag of its class first. Methods are plain functions of the
// prototype: napi_define_class would give them a V8 signature, and a wrong receiver would get V8's
// "Illegal invocation", which has no code.
//
// A class has `static constexpr char kName[]`, `static constexpr napi_type_tag kTag`, and, when
// JavaScript may construct it, a constructor that takes `const Arguments&`. With `static constexpr
// int64_t kExternalBytes` it tells the collector how much memory outside the heap hangs on an
// object.

#include <napi.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "arguments.h"
#include "environment.h"
#include "errors.h"
#include "to_js.h"

namespace sslkit::napi {

/// The C++ object of a JavaScript value; null when it is not of this class.
template <class T>
T* Unwrap(Napi::Env env, napi_value value) {
  napi_valuetype type = napi_undefined;
  napi_typeof(env, value, &type);
  if (type != napi_object) return nullptr;
  bool tagged = false;
  if (napi_check_object_type_tag(env, value, &T::kTag, &tagged) != napi_ok || !tagged)
    return nullptr;
  void* object = nullptr;
  if (napi_unwrap(env, value, &object) != napi_ok) return nullptr;
  return static_cast<T*>(static_cast<Wrappable*>(object));
}

template <class T>
T& Receiver(const Arguments& args) {
  T* object = Unwrap<T>(args.Env(), args.This());
  if (object == nullptr)
    ThrowTypeError("ERR_INVALID_THIS",
                   std::string("Value of \"this\" must be of type ") + T::kName);
  return *object;
}

template <class T>
T& ObjectArgument(const Arguments& args, size_t index, const char* name) {
  T* object = Unwrap<T>(args.Env(), args.At(index));
  if (object == nullptr) {
    ThrowTypeError("ERR_INVALID_ARG_TYPE",
                   std::string("The \"") + name + "\" argument must be an instance of " + T::kName);
  }
  return *object;
}

/// A JavaScript object around a C++ one, through the class's own constructor.
template <class T>
Napi::Value Wrap(Napi::Env env, std::unique_ptr<T> object) {
  Environment& environment = Environment::Of(env);
  environment.construction = std::move(object);
  napi_value result = nullptr;
  const napi_status status =
      napi_new_instance(env, environment.constructors.at(&T::kTag).Value(), 0, nullptr, &result);
  environment.construction.reset();
  CheckStatus(env, status);
  return {env, result};
}

/// Tells the collector of memory outside the heap.
inline void AdjustExternalMemory(napi_env env, int64_t change) {
  int64_t total = 0;
  if (change != 0) napi_adjust_external_memory(env, change, &total);
}

namespace detail {

template <class Method>
struct MethodTraits;
template <class T, class R>
struct MethodTraits<R (T::*)()> {
  static constexpr bool kTakesArguments = false;
};
template <class T, class R>
struct MethodTraits<R (T::*)() const> : MethodTraits<R (T::*)()> {};
template <class T, class R>
struct MethodTraits<R (T::*)(const Arguments&)> {
  static constexpr bool kTakesArguments = true;
};
template <class T, class R>
struct MethodTraits<R (T::*)(const Arguments&) const> : MethodTraits<R (T::*)(const Arguments&)> {};

/// Calls, and turns the result into a JavaScript value; nothing becomes undefined.
template <class Call>
napi_value CallToJs(Napi::Env env, Call call) {
  if constexpr (std::is_void_v<decltype(call())>) {
    call();
    return env.Undefined();
  } else {
    return ToJs(env, call());
  }
}

template <class T, auto Method>
napi_value Invoke(napi_env env, napi_callback_info info) {
  return Guarded(env, [&] {
    const Arguments args(env, info);
    T& self = Receiver<T>(args);
    return CallToJs(env, [&] {
      if constexpr (MethodTraits<decltype(Method)>::kTakesArguments) {
        return (self.*Method)(args);
      } else {
        return (self.*Method)();
      }
    });
  });
}

template <auto Function>
napi_value InvokeFree(napi_env env, napi_callback_info info) {
  return Guarded(env, [&] {
    const Arguments args(env, info);
    return CallToJs(env, [&] { return Function(args); });
  });
}

template <class T>
std::unique_ptr<Wrappable> MakeObject(const Arguments& args) {
  if (auto given = std::move(Environment::Of(args.Env()).construction)) return given;
  if constexpr (std::is_constructible_v<T, const Arguments&>) {
    if (args.IsConstructCall()) return std::make_unique<T>(args);
    ThrowTypeError("ERR_CONSTRUCT_CALL_REQUIRED",
                   std::string("Class ") + T::kName + " needs 'new'");
  } else {
    ThrowTypeError("ERR_ILLEGAL_CONSTRUCTOR",
                   std::string(T::kName) + " cannot be constructed directly");
  }
}

template <class T, class = void>
struct ExternalBytes {
  static constexpr int64_t value = 0;
};
template <class T>
struct ExternalBytes<T, std::void_t<decltype(T::kExternalBytes)>> {
  static constexpr int64_t value = T::kExternalBytes;
};

template <class T>
napi_value Construct(napi_env env, napi_callback_info info) {
  return Guarded(env, [&]() -> napi_value {
    const Arguments args(env, info);
    std::unique_ptr<Wrappable> object = MakeObject<T>(args);
    const auto finalize = [](napi_env finalize_env, void* data, void*) {
      delete static_cast<Wrappable*>(data);
      AdjustExternalMemory(finalize_env, -ExternalBytes<T>::value);
    };
    CheckStatus(env, napi_wrap(env, args.This(), object.get(), finalize, nullptr, nullptr));
    static_cast<void>(object.release());
    AdjustExternalMemory(env, ExternalBytes<T>::value);
    CheckStatus(env, napi_type_tag_object(env, args.This(), &T::kTag));
    return args.This();
  });
}

}  // namespace detail

/// A module function.
template <auto Function>
Napi::Function MakeFunction(Napi::Env env, const char* name) {
  return Napi::Function(env, [&] {
    napi_value function = nullptr;
    CheckStatus(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, detail::InvokeFree<Function>,
                                          nullptr, &function));
    return function;
  }());
}

template <class T>
class ClassBuilder {
 public:
  explicit ClassBuilder(Napi::Env env) : env_(env) {}

  template <auto M>
  ClassBuilder& Method(const char* name) {
    napi_value function = nullptr;
    CheckStatus(env_, napi_create_function(env_, name, NAPI_AUTO_LENGTH, detail::Invoke<T, M>,
                                           nullptr, &function));
    return Add(name, function, napi_default_method);
  }

  /// A method that reads its own arguments, and proves its own receiver.
  ClassBuilder& Raw(const char* name, napi_callback callback) {
    napi_value function = nullptr;
    CheckStatus(env_,
                napi_create_function(env_, name, NAPI_AUTO_LENGTH, callback, nullptr, &function));
    return Add(name, function, napi_default_method);
  }

  template <auto G>
  ClassBuilder& Getter(const char* name) {
    properties_.push_back({name, nullptr, nullptr, detail::Invoke<T, G>, nullptr, nullptr,
                           napi_configurable, nullptr});
    return *this;
  }

  template <auto F>
  ClassBuilder& Static(const char* name) {
    statics_.emplace_back(name, MakeFunction<F>(env_, name));
    return *this;
  }

  /// Puts the class on `exports`.
  void Export(Napi::Object exports) {
    napi_value constructor = nullptr;
    CheckStatus(env_, napi_define_class(env_, T::kName, NAPI_AUTO_LENGTH, detail::Construct<T>,
                                        nullptr, 0, nullptr, &constructor));
    const napi_value prototype = GetProperty(env_, constructor, "prototype");
    CheckStatus(env_,
                napi_define_properties(env_, prototype, properties_.size(), properties_.data()));
    Napi::Function function(env_, constructor);
    for (const auto& [name, value] : statics_) function.Set(name, value);
    Environment::Of(env_).constructors.emplace(&T::kTag, Napi::Persistent(function));
    exports.Set(T::kName, function);
  }

 private:
  ClassBuilder& Add(const char* name, napi_value value, napi_property_attributes attributes) {
    properties_.push_back({name, nullptr, nullptr, nullptr, nullptr, value, attributes, nullptr});
    return *this;
  }

  Napi::Env env_;
  std::vector<napi_property_descriptor> properties_;
  std::vector<std::pair<const char*, Napi::Function>> statics_;
};

}  // namespace sslkit::napi
